--- The image for specs: built by ./dev image, unpacked by umoci, and run as a platform runs a connector's container.
local cjson = require "cjson"
local files = require "spec.support.files"
local missing = require "spec.support.missing"
local perigee = require "spec.support.perigee"

local FOLDER = assert(os.getenv "PWD")
local CONTAINER = FOLDER .. "/spec/support/image/container.sh"
local EMULATED = FOLDER .. "/spec/support/image/emulated.sh /usr/lib/binfmt.d/qemu-aarch64.conf "
local image = {}

local function quoted(text) return "'" .. text:gsub("'", "'\\''") .. "'" end
image.quoted = quoted

--- What a command prints, without the end of its last line; raises where it fails.
---@param command string for string.format
---@return string
function image.output(command, ...)
  local err, text = perigee.write("", "image.err"), command:format(...)
  local pipe = assert(io.popen(("( %s ) 2>%s"):format(text, quoted(err))))
  local printed = pipe:read "a"
  assert(pipe:close(), "failed: " .. text .. "\n" .. printed .. files.read(err))
  return (printed:gsub("\n$", ""))
end

--- Why what ships cannot be built and run here; nil where it can.
---@param ... string tools that are needed
---@return string?
function image.refused_without(...)
  if os.getenv "PERIGEE_LONG" ~= "1" then return "it takes minutes: --long" end
  if require "spec.support.sanitized" then return "what ships has no sanitizers" end
  return missing("unshare", "chroot", ...) or image.output "id -u" ~= "0" and "this needs root, who may mount" or nil
end

--- Why an image cannot be built and run here; nil where it can.
---@param ... string tools that are needed besides
---@return string?
function image.refused(...) return image.refused_without("buildah", "skopeo", "umoci", "libdeflate-gzip", ...) end

--- A command that the kernel starts programs of arm64 for.
---@param command string
---@return string command
function image.emulated(command) return "sh " .. EMULATED .. command end

--- Why programs of arm64 cannot be run here; nil where they can.
---@return string?
function image.emulation_refused()
  local why = image.refused "qemu-aarch64-static"
  if why then return why end
  local result = perigee.run { binary = "/bin/sh", "-c", image.emulated "true" }
  return result.status ~= 0 and "no binfmt_misc in a user namespace (Linux 6.7): " .. result.err or nil
end

---@class image
---@field name string the OCI layout with its tag, as skopeo and umoci take it
---@field digest string
---@field root string its files
---@field config table the image's own: Env, Entrypoint, Labels, User, …
---@field architecture string
---@field size integer bytes of all blobs, compressed

local function environment_of(config)
  local env = {}
  for _, text in ipairs(config.Env) do
    local name, value = text:match "^([^=]+)=(.*)$"
    env[name] = value
  end
  return env
end

--- Unpacks a layout.
---@param layout string
---@param name string of a folder to unpack into
---@return image
function image.unpack(layout, name)
  local bundle = perigee.folder() .. "/" .. name
  local tagged = layout .. ":" .. image.output("umoci list --layout %s", quoted(layout))
  image.output("rm -rf %s && umoci unpack --image %s %s", quoted(bundle), quoted(tagged), quoted(bundle))
  image.output("cd %s/rootfs && mkdir -p source config dev proc", quoted(bundle)) -- as who runs containers does
  local described = cjson.decode(image.output("skopeo inspect --config oci:%s", quoted(tagged)))
  return {
    name = tagged, root = bundle .. "/rootfs", config = described.config, env = environment_of(described.config),
    created = described.created, architecture = described.architecture,
    digest = image.output("skopeo inspect --format '{{.Digest}}' oci:%s", quoted(tagged)),
    size = math.tointeger(tonumber(image.output("cat %s/blobs/sha256/* | wc -c", quoted(layout)))),
  }
end

local last = {} -- a build takes the place of the one before

--- Runs ./dev image, and unpacks what it made; what the last call made is returned as it is.
---@param words string
---@return image
function image.build(words)
  if last.words ~= words then
    local said = image.output("./dev image %s", words)
    local layout = assert(said:match "\nlayout%s+(%S+)", said)
    last = { words = words, image = image.unpack(FOLDER .. "/" .. layout, "bundle-" .. layout:gsub("/", "-")) }
  end
  return last.image
end

---@class container
---@field source string the folder that is /source
---@field config string the folder that is /config
---@field command string the shell's command that runs it

-- As the platform sets them for each connector.
local PLATFORM = { DEPLOYMENT_MODE = "OSS", USE_STREAM_CAPABLE_STATE = "true", WORKER_JOB_ID = "7", WORKER_JOB_ATTEMPT = "0",
  USE_FILE_TRANSFER = "false", AIRBYTE_STAGING_DIRECTORY = "/staging/files", CONCURRENT_SOURCE_STREAM_READ = "false",
  DATA_CHANNEL_MEDIUM = "STDIO", DATA_CHANNEL_FORMAT = "JSONL" }

local function exports(...)
  local lines = {}
  for _, env in ipairs { ... } do
    for name, value in pairs(env) do lines[#lines + 1] = ("export %s=%s\n"):format(name, quoted(value)) end
  end
  return table.concat(lines)
end

local count = 0
local function folder_with(contents)
  count = count + 1
  local name = "mount" .. count
  local path = perigee.folder(name)
  for file, content in pairs(contents or {}) do perigee.write(content, name .. "/" .. file) end
  image.output("chown -R 1000:1000 %s", quoted(path))
  return path
end

--- A container that runs a text in the image's shell. Named: source, config: what files are there; writable: /config may be
--- written; proc = false: there is no /proc; pids = false: it ends by itself, and not with its shell.
---@param of image
---@param text string
---@param given table?
---@return container
function image.container(of, text, given)
  given = given or {}
  local container = { source = folder_with(given.source), config = folder_with(given.config) }
  local words = { of.root, container.source, container.config, given.writable and "rw" or "ro",
    given.proc == false and "none" or "proc", exports(of.env, PLATFORM, given.env or {}) .. text }
  for i, word in ipairs(words) do words[i] = quoted(word) end
  local pids = given.pids == false and "" or "--pid --fork --kill-child"
  container.command = ("unshare --mount %s sh %s %s"):format(pids, quoted(CONTAINER), table.concat(words, " "))
  if of.architecture == "arm64" then container.command = image.emulated(container.command) end
  return container
end

--- Runs a container to its end.
---@return result
---@return container
function image.run(of, text, given)
  local container = image.container(of, text, given)
  return perigee.run { binary = "/bin/sh", "-c", container.command }, container
end

return image
