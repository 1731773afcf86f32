"""`python -m tests.comments.picture` draws docs/pictures/comments.png: a sample article's thread in the embed."""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import httpx

from bench.servers import free_port
from tests.chromium import chromium
from tests.comments.test_embed import PAGE, hosted

PICTURE = PAGE.parents[1] / "docs" / "pictures" / "comments.png"
ARTICLE = "velling-glassworks-to-cut-120-jobs-as-gas-contract-ends"
ONRECORD = str(Path(sys.executable).with_name("onrecord"))
KEY = "key create --owner owner@demo.example --name picture --scopes articles:read,articles:publish,comments:moderate"


def fill(base: str, key: str) -> None:
    """A thread with an answer, and a challenge that was right."""
    client = httpx.Client(base_url=base, trust_env=False)
    staff = {"Authorization": f"Bearer {key}", "If-Match": "*"}

    def post(name: str, body: str, **fields: Any) -> str:
        answer = client.post(f"/v1/articles/{ARTICLE}/comments", json={"author_name": name, "body": body} | fields)
        return str(answer.raise_for_status().json()["id"])

    evidence = "https://example.org/works-council-minutes"
    doubt = post("Bo Lindqvist", "The council’s minutes have *118*, not 120.", kind="challenge", evidence=evidence)
    text = {"text": "The works cut 118 jobs, not 120."}
    client.post(f"/v1/admin/comments/{doubt}/accept", json=text, headers=staff).raise_for_status()
    client.put("/v1/admin/moderation/rules", json={"mode": "open"}, headers=staff).raise_for_status()
    first = post("Ada Brandt", "My aunt has worked at the furnace for *thirty years*. Nobody had told her.")
    post("Samir", "The same here. We heard it on the bus.", parent_id=first)


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder, port = Path(name), free_port()
        base = f"http://127.0.0.1:{port}"
        environment = {**os.environ, "ONRECORD_DATA_DIR": str(folder / "data")}
        command = [ONRECORD, "demo", "--port", str(port)]
        with subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL) as server:
            try:
                while not answers(base):
                    time.sleep(0.1)
                run = [ONRECORD, *KEY.split()]
                key = subprocess.run(run, env=environment, capture_output=True, text=True, check=True).stdout.strip()
                fill(base, key)
                with hosted() as address, chromium(folder / "profile") as page:
                    page.open(f"{address}?api={base}&article={ARTICLE}")
                    page.until("document.querySelectorAll('#thread article').length === 3")
                    page.until("document.querySelector('#write form')")
                    PICTURE.write_bytes(page.picture(760, page.run("document.body.scrollHeight")))
            finally:
                server.terminate()


def answers(base: str) -> bool:
    try:
        return httpx.get(f"{base}/readyz", trust_env=False).is_success
    except httpx.HTTPError:
        return False


if __name__ == "__main__":
    main()
