-- perigee init: asks for what a configuration needs, checks it, and writes it. Where there is no terminal, the environment and
-- the options say all of it. The token is never a value of this script.
local airbyte = require "airbyte"
local api = require "api.default"
local client = require "api.client"
local command_line = require "command_line"
local config = require "config.config"
local console = require "console"
local files = require "files"
local json = require "json"
local projects = require "config.projects"
local resources = require "resources"
local secrets = require "secrets"
local settle = require "config.settle"

local DEFAULT_FILE, MOST_SHOWN = "config.json", 30
local THERE = "%s is there already, and is not written over; name another file by --config"
local MORE = ", or several with commas, a pattern such as 'web-*', or '' for all"
local NEXT = [[
%s is written, and its owner alone may read it. Then

  perigee sync --config %s --to %s.db

keeps what the token may read as tables; with --streams suggested, or --streams all, of more streams.
]]

local function fail(message, kind)
  airbyte.error(kind or "config_error", message)
  return 1
end

local function shown(names)
  local more = #names > MOST_SHOWN and (" and %d more"):format(#names - MOST_SHOWN) or ""
  return table.concat(names, ", ", 1, math.min(#names, MOST_SHOWN)) .. more
end

-- The token of the environment, or one that is typed; as a handle.
local function find_token(environment, spec)
  local variable = environment.variables.auth_token
  local given = json.decode(assert(secrets.environment({ auth_token = variable }, spec)))
  if given.auth_token then return given.auth_token end
  local text, message, code = secrets.ask("auth_token", "token (not shown): ", spec)
  if code == "no_terminal" then return nil, ("%s, so set %s in the environment"):format(message, variable) end
  if not text then return nil, message end
  return json.decode(text).auth_token
end

-- The only one of a list, or what is typed; whether it is right is checked later.
local function choose(what, names)
  if #names == 0 then return nil, ("this token sees no %s"):format(what) end
  if #names == 1 then return names[1] end
  console.write(("%ss: %s\n"):format(what, shown(names)))
  local typed, message, code = console.ask(what .. (what == "project" and " (* for all): " or ": "))
  if code == "no_terminal" then
    return nil, ("%s, so name one by --%s%s"):format(message, what, what == "project" and MORE or "")
  end
  if not typed or typed == "" then return nil, message or "nothing was typed" end
  return typed
end

-- Asks the server, as it will be asked: the token goes to no other one.
local function find_place(what, list, asked, given)
  if given then return given end
  local names, message, kind = list(asked)
  if not names then return nil, message, kind end
  return choose(what, names)
end

local function find_places(settings, options)
  local asked = client.new(api, settings, options)
  local organization, message, kind = find_place("organization", api.places.organizations, asked, options.organization)
  if not organization then return nil, message, kind end
  settings.organization = organization
  local project, why, failure_type = find_place("project", api.places.projects, asked, options.project)
  if not project then return nil, why, failure_type end
  settings.project = project
  local told = settle.all(settings, options, asked)
  local amiss = projects.amiss(settings)
  if amiss then return nil, amiss, "config_error" end
  local ok, wrong = api.check(asked, settings, told)
  return ok and project, wrong, "config_error"
end

local function find_hostname(options, environment)
  if options.hostname then return options.hostname end
  local given = json.decode(assert(secrets.environment({ hostname = environment.variables.hostname }, "{}")))
  if given.hostname then return given.hostname end
  local typed = console.ask(("server (%s): "):format(api.default_host))
  return typed ~= "" and typed or api.default_host
end

local function write(path, given)
  local text = ('{\n  "auth_token": %s,\n  "hostname": %s,\n  "organization": %s,\n  "project": %s\n}\n'):format(
    json.encode(given.auth_token), json.encode(given.hostname), json.encode(given.organization), json.encode(given.project))
  local written, message, code = secrets.write(path, text)
  if written then return true end
  return nil, code == "exists" and THERE:format(path) or ("%s cannot be written: %s"):format(path, message)
end

return function()
  local options = command_line.options()
  local path, environment = options.config or DEFAULT_FILE, api.environment()
  if path == "-" then return fail "--config -: init writes a file; name one" end
  if files.exist(path) then return fail(THERE:format(path)) end
  options.retry_attempts = options.retry_attempts or 3 -- a person waits
  local hostname = find_hostname(options, environment)
  local token, no_token = find_token(environment, assert(resources.read "spec.json"))
  if not token then return fail(no_token) end
  local given = { auth_token = token, hostname = hostname, organization = "-", project = "-" }
  local settings, message, kind = config.apply("what was given", given)
  if not settings then return fail(message, kind) end
  local project, wrong, failure_type = find_places(settings, options)
  if not project then return fail(wrong, failure_type) end
  given.organization, given.project = settings.organization, project
  local written, cannot = write(path, given)
  if not written then return fail(cannot) end
  console.write(NEXT:format(path, path, api.name))
  return 0
end
