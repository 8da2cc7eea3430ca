-- What wrk sends and how it judges the answers:
--
--     wrk ... -s load.lua URL -- COUNT EXPECTED REFUSED [BODIES]
--
-- POSTs the lines of the file BODIES in turn (GET without one) until COUNT answers have come. Each
-- must be a 2xx that holds EXPECTED and, unless that is empty, not REFUSED. The last line that is
-- printed is JSON.

local ffi = require("ffi")
ffi.cdef("int getpid(void); int kill(int, int);")
local SIGINT = 2

local threads = {}

function setup(thread)
   table.insert(threads, thread)
end

-- Globals, so that `done` can read them: it runs in another state.
function init(args)
   count, expected, refused = tonumber(args[1]), args[2], args[3]
   sent, answered, bad, first_bad = 0, 0, 0, ""
   requests = {}
   if args[4] then
      wrk.headers["Content-Type"] = "application/json"
      for line in io.lines(args[4]) do
         table.insert(requests, wrk.format("POST", nil, nil, line))
      end
   else
      table.insert(requests, wrk.format("GET"))
   end
end

function request()
   sent = sent + 1
   return requests[(sent - 1) % #requests + 1]
end

local function is_fine(status, body)
   return status >= 200 and status < 300 and body:find(expected, 1, true)
      and (refused == "" or not body:find(refused, 1, true))
end

function response(status, headers, body)
   answered = answered + 1
   if not is_fine(status, body) then
      bad = bad + 1
      if bad == 1 then
         first_bad = status .. " " .. body
      end
   end
   if answered == count then
      wrk.thread:stop()
      -- The other thread sleeps for the whole duration otherwise, and counts that as the time of
      -- the run.
      ffi.C.kill(ffi.C.getpid(), SIGINT)
   end
end

function done(summary, latency)
   local missing, wrong, example = 0, 0, ""
   for _, thread in ipairs(threads) do
      missing = missing + math.max(thread:get("count") - thread:get("answered"), 0)
      wrong = wrong + thread:get("bad")
      if example == "" then
         example = thread:get("first_bad")
      end
   end
   local errors = summary.errors
   local broken = errors.connect + errors.read + errors.write + errors.timeout
   if missing + wrong + broken > 0 then
      io.stderr:write(string.format(
         "%d answers are missing, %d are wrong, %d connections failed: %s\n",
         missing, wrong, broken, example))
      os.exit(1)
   end
   print(string.format(
      '{"calls": %d, "seconds": %.6f, "p50_ms": %.3f, "p99_ms": %.3f}',
      summary.requests, summary.duration / 1e6, latency:percentile(50) / 1e3,
      latency:percentile(99) / 1e3))
end
