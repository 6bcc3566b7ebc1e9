-- What a new stream's script has for examples, where they are Sentry's.

---@param name string the stream's
---@return table<string, string>
return function(name)
  return {
    API = "Sentry", PATH = ("organizations/{organization}/%s/"):format(name), PARAMS = '{ query = "is:unresolved" }',
    FIELD = "dateCreated", FALLBACK = "projects/{organization}/{project}/…/", SCOPE = "org:read",
    PARENT = "projects", PARENT_PATH = "…/{parent.slug}/…",
  }
end
