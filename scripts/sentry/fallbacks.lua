-- What is known of lists that are asked in another's place, by their paths as streams have them.

---@class api_fallback
---@field complete boolean? it holds all that the other list does, so nothing is gained by waiting for that

---@type table<string, api_fallback>
return {
  ["organizations/{organization}/projects/"] = { complete = true },
}
