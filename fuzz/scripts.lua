-- What the target `scripts` calls with each input: what our scripts read of servers and users.
local body = require "api.body"
local catalog = require "config.catalog"
local config = require "config.config"
local contract = require "stream.contract"
local json = require "json"
local link = require "api.link"
local next_address = require "api.next_address"
local projects = require "config.projects"
local state = require "config.state"
local url = require "lib.url"

local function must(holds, what) if not holds then error("this does not hold: " .. what) end end

local function decoded(text)
  local ok, value = pcall(json.decode, text)
  return ok and value or nil
end

local readers = {
  function(text) link.next(text) end,
  function(text)
    local token = next_address.token(text, { url = "https://api.example.com/v1/items?page=2", path = "items" })
    if token then next_address.turn({}, token) end
  end,
  function(_, path) config.read(path) end,
  function(_, path) catalog.read(path) end,
  function(_, path) state.read(path, { "events", "issues" }) end,
  function(text)
    local given = decoded(text)
    local stream, wrong = contract.check(given, type(given) == "table" and given.name or "mine")
    must(stream or type(wrong) == "string", "a stream that is refused has a reason")
  end,
  function(text)
    local wanted = projects.parse(text, { text:sub(1, 20) })
    wanted:matches(text)
  end,
  function(text) url.fill(text, { organization = "acme", parent = { id = text } }) end,
  function(text) body.fill(decoded(text) or {}, {}, {}, { a = 1, b = { c = text } }) end,
}

return function(kind, text, path) readers[kind % #readers + 1](text, path) end
