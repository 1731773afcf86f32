-- wrk: send the requests of a file one after another. Arguments: the file, and with which request to begin.
-- The file holds each request as it goes over the wire, after a line with its length in bytes.

local requests, position = {}, 0

function init(args)
  local file = assert(io.open(args[1], "rb"))
  local length = file:read("*n", "*l")
  while length do
    requests[#requests + 1] = file:read(length)
    length = file:read("*n", "*l")
  end
  file:close()
  position = tonumber(args[2])
end

function request()
  position = position + 1
  return requests[position % #requests + 1]
end

function done(summary, latency)
  local errors = summary.errors
  local lost = errors.connect + errors.read + errors.write + errors.timeout
  io.write(string.format("figures %d %d %d %d %d %d\n", summary.requests, errors.status, lost, summary.duration,
    latency:percentile(50), latency:percentile(99)))
end
