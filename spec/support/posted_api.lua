--- An API for specs to which streams send something: see posted_api.py.
local files = require "spec.support.files"
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
---@field run fun(verb: string, script: string?, given: OwnGiven?): result with the stream `mine`, or those of given.folder
---@field read fun(script: string?, given: OwnGiven?): result
---@field stop fun()

---@return PostedApi
function posted_api.start()
  local log = perigee.write ""
  local port, stop = python_server.start("posted_api.py", log)
  local api, came = { origin = ("http://127.0.0.1:%d"):format(port), stop = stop }, files.follow(log)
  api.config = { secrets = { { name = "key", value = "sesame-1234/+x", host = api.origin } } }

  function api.sent()
    local list = came()
    for i, line in ipairs(list) do list[i] = json.decode(line) end
    return list
  end

  function api.run(verb, script, given)
    local folder = given and given.folder or own_streams.folder { mine = (script:gsub("{origin}", api.origin)) }
    return perigee.run(own_streams.words(verb, folder, given, api.config))
  end

  function api.read(script, given) return api.run("read", script, given) end

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
