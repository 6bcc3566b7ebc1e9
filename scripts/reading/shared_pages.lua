-- A list of parents is the same for all streams that hang on it, and for all projects of one whose parents are the
-- organization's. A page that one of these reads was given lately serves the others: each takes it once, in the order in which
-- pages came, so that it reads as if it had asked for itself, and somewhat earlier.
local merged = require "lib.merged"
local responses = require "responses"
local url = require "lib.url"

local NEVER = math.maxinteger -- what came before it no longer counts

local function name_of(client, request)
  return ("%s %s?%s"):format(client.config.base_url, request.path, url.encode_fields(request.query or {}))
end

-- The value that is made of another read's response; nil: it cannot be used.
local function value_of(client, request, response)
  local value, why = request.accept(response)
  if value and client.debug then
    client:log("DEBUG", ("%s: as another read of this list was answered"):format(client:request(request.path, request.query)))
  end
  return value, { response = response, value = value, message = why }
end

---A client for one read of a list that others read, too. It fetches nothing ahead: the next page may be there already.
---@param client client of a stream that perigee ships
---@return client
return function(client)
  local after = 0

  local function fetch(_, request)
    if request.sends or request.stream then return client:fetch(request) end
    local response, place, lead = responses.take(name_of(client, request), after)
    if response then
      local value, outcome = value_of(client, request, response)
      if value then
        after = place
        return value, nil, nil, outcome
      end
    end
    local given = merged(request, { accept = function(own)
      local value, why, detail = request.accept(own)
      if value then after = math.max(after, lead and lead:put(own) or NEVER) end
      return value, why, detail
    end })
    local value, message, kind, outcome = client:fetch(given)
    if lead then lead:close() end
    return value, message, kind, outcome
  end

  local function slots(_, ...) return 0, (select(2, client:slots(...))) end

  return setmetatable({ fetch = fetch, slots = slots }, { __index = client })
end
