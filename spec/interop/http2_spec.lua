-- Debian's nginx as a real server of HTTP/2 before the fake Sentry: it ends connections as busy servers do, and nothing is lost.
local connector = require "spec.support.connector"
local files = require "spec.support.files"
local perigee = require "spec.support.perigee"
local sentry = require "spec.support.sentry"

local SITE = [[
user root;
worker_processes 1;
daemon off;
pid %s/pid;
error_log %s/errors notice;
events { worker_connections 64; }
http {
  log_format protocol "$server_protocol $connection";
  access_log %s/log protocol;
  client_body_temp_path %s/body;
  proxy_temp_path %s/proxy;
  server {
    listen 127.0.0.1:%d ssl http2;
    ssl_certificate %s/tls.pem;
    ssl_certificate_key %s/leaf.key;
    %s
    location / { proxy_pass http://127.0.0.1:%d; proxy_set_header Host $http_host; proxy_set_header Accept-Encoding ""; }
  }
}
]]

local FREE = [[python3 -c 'import socket; s = socket.create_server(("127.0.0.1", 0)); print(s.getsockname()[1])']]

local function answer(command)
  local pipe = assert(io.popen(command))
  local text = pipe:read "l"
  pipe:close()
  return text
end

-- Runs `f` with nginx before the fake Sentry.
local function with_nginx(name, settings, f)
  local folder, server = perigee.folder(name), sentry.start()
  local port = math.tointeger(tonumber(answer(FREE)))
  local keys = server.ca:match "^(.*)/"
  perigee.write(SITE:format(folder, folder, folder, folder, folder, port, keys, keys, settings, server.http), name .. "/site")
  local pipe = assert(io.popen(("echo $$; exec nginx -e %s/errors -c %s/site 2>%s/said"):format(folder, folder, folder)))
  local nginx = { port = port, pid = math.tointeger(pipe:read "n") }
  function nginx.signal(signal) assert(os.execute(("kill -s %s %d"):format(signal, nginx.pid))) end
  function nginx.kill_worker() os.execute(("kill -s KILL $(ps -o pid= --ppid %d)"):format(nginx.pid)) end
  -- The protocols of all requests, and how many connections there were.
  function nginx.log()
    local protocols, connections, count = {}, {}, 0
    for protocol, number in files.read(folder .. "/log"):gmatch "(%S+) (%d+)\n" do
      protocols[protocol] = (protocols[protocol] or 0) + 1
      if not connections[number] then connections[number], count = true, count + 1 end
    end
    return protocols, count
  end
  local ok, raised = pcall(function()
    perigee.wait_until(function() return files.text(folder .. "/pid") ~= nil and files.text(folder .. "/pid") ~= "" end)
    f(nginx)
  end)
  nginx.signal "TERM"
  pipe:close()
  if not ok then error(raised, 0) end
end

local DATA = { events = 400, issues = 30 }

local function given(nginx, scenario)
  return { env = { SSL_CERT_FILE = scenario.ca }, config = { num_workers = 10,
    hostname = ("https://localhost:%d/%s"):format(nginx.port, scenario.name) } }
end

local function assert_whole(scenario, result)
  assert.equal(0, result.status, connector.logs(result))
  assert.is_nil(connector.difference(connector.truth(scenario, "events"), result.records "events"))
end

-- Does `something` to nginx after each of these many states, while a read goes on.
local function disturbed(nginx, scenario, times, something)
  local more = given(nginx, scenario)
  more.words = { "--checkpoint-records=40" }
  local going = connector.start(scenario, { { "events", "incremental" } }, more)
  for _ = 1, times do
    if going:wait_for "STATE" then something() end
  end
  return going:finish()
end

describe("nginx's HTTP/2", function()
  teardown(perigee.cleanup)

  it("is what is spoken over TLS, by one connection for all", function()
    with_nginx("plain", "", function(nginx)
      local scenario = sentry.scenario { data = DATA, gzip = false }
      assert_whole(scenario, connector.read(scenario, { "events" }, given(nginx, scenario)))
      local protocols, connections = nginx.log()
      assert.is_true((protocols["HTTP/2.0"] or 0) > 3)
      assert.is_nil(protocols["HTTP/1.1"])
      assert.equal(1, connections)
    end)
  end)

  it("may end the connection after each few requests (GOAWAY)", function()
    with_nginx("goaway", "keepalive_requests 2;", function(nginx)
      local scenario = sentry.scenario { data = DATA, gzip = false }
      assert_whole(scenario, connector.read(scenario, { "events" }, given(nginx, scenario)))
      local _, connections = nginx.log()
      assert.is_true(connections > 1, "it did not end one")
    end)
  end)

  it("may allow one request at a time", function()
    with_nginx("single", "http2_max_concurrent_streams 1;", function(nginx)
      local scenario = sentry.scenario { data = DATA, gzip = false }
      assert_whole(scenario, connector.read(scenario, { "events" }, given(nginx, scenario)))
    end)
  end)

  it("may be loaded anew during a read", function()
    with_nginx("reload", "", function(nginx)
      local scenario = sentry.scenario { data = DATA, gzip = false, delay_ms = 20 }
      assert_whole(scenario, disturbed(nginx, scenario, 3, function() nginx.signal "HUP" end))
      local _, connections = nginx.log()
      assert.is_true(connections > 1, "it was not loaded anew in time")
    end)
  end)

  it("may lose its worker during a read", function()
    with_nginx("killed", "", function(nginx)
      local scenario = sentry.scenario { data = DATA, gzip = false, delay_ms = 20 }
      assert_whole(scenario, disturbed(nginx, scenario, 3, nginx.kill_worker))
    end)
  end)
end)
