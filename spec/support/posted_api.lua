--- An API for specs to which streams send something: see posted_api.py.
local connector = require "spec.support.connector"
local json = require "json"
local own_streams = require "spec.support.own_streams"
local perigee = require "spec.support.perigee"
local python_server = require "spec.support.python_server"

local posted_api = {}

---@class Sent
---@field method string
---@field target string path and query
---@field headers table<string, string>
---@field body string

---@class PostedApi
---@field origin string
---@field config table for perigee.write: its `secrets` are for this server
---@field sent fun(): Sent[] what came since it was asked last
---@field run fun(verb: string, script: string, given: table?): result with the stream `mine`
---@field read fun(script: string, given: table?): result
---@field stop fun()

---@return PostedApi
function posted_api.start()
  local log = perigee.write("", perigee.new_path(".log"):match "[^/]+$")
  local port, stop = python_server.start("posted_api.py", log)
  local api, seen = { origin = ("http://127.0.0.1:%d"):format(port), stop = stop }, 0
  api.config = { secrets = { { name = "key", value = "sesame-1234/+x", host = api.origin } } }

  function api.sent()
    local list, number = {}, 0
    for line in io.lines(log) do
      number = number + 1
      if number > seen then list[#list + 1] = json.decode(line) end
    end
    seen = number
    return list
  end

  --- given: config, words, env, state.
  function api.run(verb, script, given)
    given = given or {}
    local folder = given.folder or own_streams.folder { mine = (script:gsub("{origin}", api.origin)) }
    local words = { verb, "--config", perigee.write(given.config or api.config), "--scripts", folder, env = given.env }
    for _, list in ipairs { connector.USUAL, given.words or {} } do
      for _, word in ipairs(list) do words[#words + 1] = word end
    end
    return perigee.run(words)
  end

  function api.read(script, given)
    given = given or {}
    local words = { "--catalog", perigee.write_catalog { { "mine", given.mode or "full_refresh" } } }
    table.move(given.words or {}, 1, #(given.words or {}), #words + 1, words)
    return api.run("read", script, { config = given.config, env = given.env, folder = given.folder, words = words })
  end

  return api
end

local ROTATING = [[return { name = "mine", primary_key = "id", base = "{origin}/", path = "guarded", records = "rows",
  paging = { page = "page" }, page_size = { size = 2 }, auth = { login = { url = "{origin}/token/told",
    form = { grant_type = "refresh_token", refresh_token = "{secrets.refresh}", client_secret = "{secrets.key}" } } } }]]

--- The same, with a stream in `folder` whose refresh token, the configuration's at first, the server changes at each login.
---@return PostedApi
function posted_api.start_rotating()
  local api = posted_api.start()
  api.folder = own_streams.folder { mine = (ROTATING:gsub("{origin}", api.origin)) }
  api.config.secrets[2] = { name = "refresh", value = "refresh-token-0-of-many", host = api.origin }
  return api
end

return posted_api
