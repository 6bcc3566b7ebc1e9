-- The file that `perigee new` writes: a stream to begin with, and each field of the contract in a comment.
local api = require "api.default"
local head = require "new.head"

local TEMPLATE = [[
return {
  name = "@NAME@", -- the stream's name; the file's must be the same
  -- What to ask, below the base of the API; keys of the configuration are filled in.
  path = "@PATH@",
  primary_key = "id", -- the field, or a list of fields, by which one record is told from another

  -- Everything below may be left out. Take the dashes away from what you need.

  -- params = @PARAMS@, -- query parameters; or a function(context) that returns them
  -- cursor = { -- what incremental reading goes by; without it, each sync reads the whole list
  --   field = "@FIELD@", -- a time in each record; records that are newer than the state's are new
  --   start = "updated_since", -- the parameter by which the server gives only what is new
  --   stop = "updated_until", slice = "P1D", -- with them it is asked for a day at a time
  --   type = "seconds", -- what numbers in it are: seconds or milliseconds since 1970, or an id that rises
  --   ordered_by = { "@FIELD@" }, -- by what the server lists newest first; without it, all is read
  --   window = true, -- the server may understand `start` and `end`
  -- },
  -- method = "POST", body = { page = "{page}" }, -- a list that is asked with JSON; paging = { page = "{page}" } then goes there
  -- records = "data", -- where the list is in the answer, names joined by dots, * for each; the answer itself by default
  -- unwrap = "node", -- where the record is in each element of that list
  -- format = "ndjson", -- the answer is lines of JSON, or "csv" or "xml", perhaps packed with gzip
  -- single = true, -- the answer is one record, and no list
  -- fallback = "@FALLBACK@", -- what to ask where a server has given up the path
  -- complement = { list = "@FALLBACK@", fields = { "id" }, -- another list, which holds more records,
  --   record = "@PATH@{parent.id}/" }, -- and where one of them is
  -- through = { parent = "@PARENT@", path = "@PARENT_PATH@", setting = "route", lag_seconds = 120,
  --   belongs = function() return true end }, -- a second way to the same records, where the list is slow
  -- add = { parent_id = "{parent.id}" }, -- fields that each record gets, if it lacks them
  -- identity = "slug", -- what tells records apart where servers lack the primary key
  -- scope = "@SCOPE@", -- what the token needs, for messages
  -- schema = "@NAME@.json", -- a JSON Schema: a table, or a file's name; `perigee try … --infer` prints one
  -- narrowed_by = { environments = "environment" }, -- by which parameters fields of the configuration narrow the list
  -- secrets = { "secret" }, -- members that hold secrets: left out, unless `include_secrets` of the configuration names them
  -- refresh = "P1D", -- after how long `sync` reads the whole list again, for records that changed and kept the cursor's value
  -- follow_parent = true, -- of a stream with a `parent`: only children of new or changed parents are asked for
  -- most_rows = 1000, -- the most rows that the server gives of one parent's list: a warning says where there may be more
  -- parent = "@PARENT@", -- the stream is read once for each record of another: path = "@PARENT_PATH@"

  -- For another API than @API@'s:
  -- base = "https://api.example.com/v1/", -- its address
  -- auth = { Authorization = "Bearer {secrets.example}" }, -- headers of each request; secrets are the configuration's
  -- auth = { query = { api_key = "{secrets.example}" }, -- secrets elsewhere; and a login, whose token each request carries
  --   login = { url = "https://auth.example.com/token", form = { client_id = "me", client_secret = "{secrets.example}" } } },
  -- paging = { page = "page", -- how a list goes on: by page, offset, cursor, next, link, or a function
  --   more = "has_more" }, -- where the answer says whether it goes on; or total, total_pages
  -- page_size = { per_page = 50 }, -- how many records to ask for at once, and the parameter for it
  -- limits = "X-RateLimit", -- how the headers begin that tell its rate limits; or a table of them: limit, remaining, reset
  -- settle = false, -- one pass over a list without an order, not two: a row that moves meanwhile may be missing
  -- statuses = { retry = { 409 }, stop = { 404 } }, -- what more to try again, and what is the end of a list
  -- hosts = { "files.example.com" }, -- further hosts that the script may ask
  -- methods = { "POST" }, -- methods by which the script may change things at @API@'s host

  -- filter = function(record, context) return record.level == "error" end, -- true keeps a record
  -- transform = function(record, context) return record:without("context") end, -- returns the record to emit
  -- read = function(context) end, -- replaces the reading altogether: context:get, request, emit, checkpoint
  -- tests = { ["has a name"] = function(stream) assert(stream.name) end }, -- what `perigee test` runs besides
}
]]

---@param name string
---@param folder string as a shell reads it: where the file goes
---@return string text
return function(name, folder)
  local values = api.examples(name)
  values.NAME = name
  return table.concat(head(name, "say here what it holds.", folder), "\n") .. "\n" .. TEMPLATE:gsub("@([%u_]+)@", values)
end
