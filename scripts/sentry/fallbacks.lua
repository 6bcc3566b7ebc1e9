-- What is known of lists that are asked in another's place, by their paths as streams have them.

---@class api_fallback
---@field scope string? what the token needs for it, where that is not what it needs for the other one
---@field complete boolean? it holds all that the other list does, so nothing is gained by waiting for that
---@field announced boolean? it is asked as soon as the server says that the other one is to go
---@field preferred (fun(base_url: string): boolean)? whether a server is asked for it from the first
---@field prepare (fun(client: client, config: table): api_fallback_query?, string?, string?, outcome?)?
---@field splice string[]? see page_settings: by them a record says the same as the other list's
---@field widest api_widest? parameters without which a server may have to be asked
---@field ends (fun(page: page, now: integer): string?)? what is to be said of what a list's last page does not reach

---@class api_fallback_query what the list has to be asked
---@field params table beside those of the stream
---@field only {path: string, texts: string[], others: string}[] what its records say; of others, the list may hold some

---@type table<string, api_fallback>
return {
  ["organizations/{organization}/projects/"] = { complete = true, scope = "org:read" },
  ["organizations/{organization}/issues/"] = require "sentry.organization_issues",
}
