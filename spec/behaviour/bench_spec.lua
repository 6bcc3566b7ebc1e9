-- `./dev bench`: what it compiles for itself, and the server that is slow on purpose. What they measure is no matter here.
local cjson = require "cjson"
local perigee = require "spec.support.perigee"

local FOLDER = assert(os.getenv "PWD")
local BINARY = os.getenv "PERIGEE" or "build/perigee"

teardown(perigee.cleanup)

-- What a Python program prints whose modules are the benchmark's; `%s` in it are these texts.
local function python(program, ...)
  local lines = { "import sys", "sys.dont_write_bytecode = True", ("sys.path.insert(0, %q)"):format(FOLDER .. "/bench"),
    program:format(...) }
  local result = perigee.run { binary = "/usr/bin/env", "python3", "-c", table.concat(lines, "\n"), cwd = FOLDER }
  assert.equal("", result.err)
  assert.equal(0, result.status)
  return table.concat(result.lines, "\n")
end

describe("the benchmark", function()
  it("compiles its scanner, with all of the room that it is in, and that splits a page", function()
    local binary = BINARY:sub(1, 1) == "/" and BINARY or FOLDER .. "/" .. BINARY
    local page = perigee.write('[{"id":"1"},{"id":"2"}]', "page.json")
    local out = python([[
import pathlib, process, tools
made = tools.Tools(pathlib.Path(%q), pathlib.Path(%q))
print(process.output([made.scanner, "0.01", %q]))
process.output([made.empty])]], perigee.folder "tools", binary, page)
    assert.is_true(cjson.decode(out).median > 0, out)
  end)

  it("has a clock that goes faster, and by which a program waits", function()
    local out = python([[
import os, pathlib, subprocess, process, tools
made = tools.Tools(pathlib.Path(%q), pathlib.Path("/nowhere"))
program = "import select, time; a = time.monotonic(); select.poll().poll(7000); print(7 <= time.monotonic() - a)"
faster = {**os.environ, "LD_PRELOAD": str(made.clock), "BENCH_SPEED": "1000"}
print(process.output([sys.executable, "-c", program], env=faster, timeout=6).strip())]], perigee.folder "tools")
    assert.equal("True", out)
  end)

  it("has a server that is slow on purpose, and answers", function()
    local out = python([[
import dataclasses, http.client, json, pathlib, subprocess, process, slow
from data import Data
folder = pathlib.Path(%q)
data = Data(folder, 3000)
tls = process.certificate(folder / "tls")
settings = slow.Settings(cache=str(folder), pages=data.pages, large=data.large, log=str(folder / "log"), delay=0.01,
  limits={"default": {"limit": 1, "window": 86400}}, certificate=str(tls[0]), key=str(tls[1]))
server = process.start([sys.executable, "bench/slow.py", json.dumps(dataclasses.asdict(settings))], stdout=subprocess.PIPE,
  text=True)
port = json.loads(server.stdout.readline())["http"]
for _ in range(2):
    connection = http.client.HTTPConnection("127.0.0.1", port)
    connection.request("GET", "/api/0/organizations/acme/")
    print(connection.getresponse().status)
process.stop(server)
server.stdout.close()]], perigee.folder "slow")
    assert.equal("200\n429", out)
  end)
end)
