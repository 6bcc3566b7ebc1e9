-- What a person asks Sentry by at the prompt: `sentry:get(path, query)`.
local prompt = {}

-- Paths are written as in Sentry's documentation, or as the streams have them: below /api/0/.
local function below_base(path)
  return (path:gsub("^/+", ""):gsub("^api/0/", ""))
end

---Lines for .help.
prompt.help = [[
  sentry:get(path, query)   asks: sentry:get("organizations/{organization}/");
                            sentry.last is then the outcome, with its headers
]]

---@param client client
---@return table sentry
function prompt.new(client)
  local sentry = { base_url = client.config.base_url, stats = client.stats }

  ---Asks for a JSON document; `{organization}` and other keys of the config are filled in. Its response is then `last`.
  function sentry:get(path, query)
    if type(path) ~= "string" then error("a path is needed: sentry:get('organizations/{organization}/', {…})", 0) end
    local value, message, failure_type, outcome = client:document(below_base(path), query)
    self.last = outcome and outcome.response
    if value ~= nil then return value end
    return nil, message, failure_type
  end

  return sentry
end

return prompt
