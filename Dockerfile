# The image is a checkout under /srv/onrecord with its environment in /opt/venv; all that changes lives in /data.
ARG PYTHON=3.11

FROM python:${PYTHON}-slim AS build
# Which lock of requirements/: prod, or mcp, which has the extra of that name too.
ARG PACKAGES=prod
WORKDIR /srv/onrecord
COPY requirements/build.lock requirements/prod.lock requirements/mcp.lock requirements/
RUN python -m pip install --no-cache-dir --require-hashes --only-binary :all: -r requirements/build.lock \
    && python -m venv --without-pip /opt/venv \
    && uv pip install --no-cache --compile-bytecode --python /opt/venv/bin/python \
        --require-hashes --only-binary :all: -r requirements/${PACKAGES}.lock
COPY pyproject.toml README.md LICENSE ./
COPY app app
RUN python -m hatchling build --target wheel:editable --directory /tmp/dist \
    && uv pip install --no-cache --no-deps --python /opt/venv/bin/python /tmp/dist/*.whl \
    && python -m compileall -q app

FROM python:${PYTHON}-slim
RUN groupadd --gid 10001 onrecord \
    && useradd --uid 10001 --gid onrecord --no-create-home --home-dir /data onrecord \
    && install --directory --owner=onrecord --group=onrecord --mode=0750 /data
WORKDIR /srv/onrecord
COPY --from=build /opt/venv /opt/venv
COPY --from=build /srv/onrecord/app app
COPY pyproject.toml README.md LICENSE alembic.ini ./
COPY migrations migrations
COPY samples samples
ENV PATH=/opt/venv/bin:$PATH PYTHONUNBUFFERED=1 ONRECORD_DATA_DIR=/data
VOLUME /data
USER 10001:10001
EXPOSE 8000
# Not urllib.request: it would ask a proxy named in the environment.
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s CMD ["python", "-c", "from http.client import HTTPConnection; c = HTTPConnection('127.0.0.1', 8000, timeout=3); c.request('GET', '/healthz'); raise SystemExit(c.getresponse().status != 200)"]
CMD ["onrecord", "serve", "--host", "0.0.0.0"]
