-- How the image is built: the scripts that users add to the build, streams that they add to the image, what the SBOM says,
-- and that a build has the same bytes each time. It takes minutes: --long.
local files = require "spec.support.files"
local image = require "spec.support.image"
local inventory = require "spec.support.image.inventory"
local it_unless = require "spec.support.it_unless"
local json = require "json"
local perigee = require "spec.support.perigee"
local sentry = require "spec.support.sentry"

local WHY = image.refused()

local function runs(name, test, ...)
  it_unless(_ENV, WHY or select("#", ...) > 0 and image.refused(...) or nil)(name, test)
end

local function lines_of(text)
  local list = {}
  for line in text:gmatch "[^\n]+" do list[#list + 1] = line end
  return list
end

-- The block of this kind in docs/image.md whose text has these words.
local function documented(kind, words)
  for text in files.read "docs/image.md":gmatch("\n```" .. kind .. "[^\n]*\n(.-\n)```") do
    if text:find(words, 1, true) then return text end
  end
  error("docs/image.md has no block of " .. kind .. " with: " .. words)
end

describe("./dev image", function()
  teardown(perigee.cleanup)

  runs("runs the scripts of a build's customization, with the root and the container, as documented", function()
    local folder = perigee.folder "customization"
    for _, name in ipairs { "pre_connector_install", "post_connector_install" } do
      perigee.write(documented("sh", "# " .. name), "customization/" .. name)
    end
    image.output("chmod +x %s/*", folder)
    local built = image.build("amd64 --customization " .. folder)
    assert.same({ "my_pre_build_env_var_value", "my_post_build_env_var_value" },
      { built.env.MY_PRE_BUILD_ENV_VAR, built.env.MY_POST_BUILD_ENV_VAR })
    assert.equal("/usr/bin/perigee", built.env.AIRBYTE_ENTRYPOINT)
    assert.matches("Internal CA", files.read(built.root .. "/etc/ssl/certs/ca-certificates.crt"))
    perigee.write("#!/bin/sh\nexit 3\n", "customization/post_connector_install")
    local result = perigee.run { binary = "/bin/sh", "-c", "./dev image amd64 --customization " .. folder }
    assert.equal(1, result.status)
    assert.matches("post_connector_install failed", result.err)
  end)

  runs("makes an image that three lines add streams to, 500 of which a platform finds and reads", function()
    local built, folder = image.build "amd64", perigee.folder "patch"
    perigee.folder "patch/my_streams"
    local names, configured = {}, {}
    for i = 1, 500 do
      names[i] = ("own_%03d"):format(i)
      perigee.write(('return { name = "%s", path = "organizations/{organization}/releases/", primary_key = "id", '
        .. 'identity = "version", scope = "project:releases" }'):format(names[i]), "patch/my_streams/" .. names[i] .. ".lua")
      configured[i] = { stream = { name = names[i], json_schema = { type = "object" } }, sync_mode = "full_refresh",
        destination_sync_mode = "append" }
    end
    local text = documented("dockerfile", "FROM"):gsub("FROM %S+", "FROM oci:" .. built.name:gsub("%%", "%%%%"))
    assert.is_true(#lines_of(text) <= 3)
    perigee.write(text, "patch/Dockerfile")
    perigee.write(('[storage]\ndriver = "vfs"\ngraphroot = "%s/graph"\nrunroot = "%s/run"\n'):format(folder, folder),
      "storage.conf")
    image.output("cd %s && export CONTAINERS_STORAGE_CONF=%s/storage.conf BUILDAH_ISOLATION=chroot && "
      .. "buildah bud -t patched . && buildah push patched oci:%s/oci:patched", folder, perigee.folder(), folder)
    local patched, scenario = image.unpack(folder .. "/oci", "bundle-patched"), sentry.scenario { data = { releases = 2 } }
    local config = { ["config.json"] = sentry.config(scenario), ["catalog.json"] = { streams = configured } }
    local discovered = image.run(patched, 'eval "$AIRBYTE_ENTRYPOINT discover --config /config/config.json"', { config = config })
    local found = 0
    for _, stream in ipairs(discovered.of "CATALOG"[1].streams) do found = found + (stream.name:find "^own_" and 1 or 0) end
    assert.same({ 0, 500 }, { discovered.status, found }, discovered.err)
    local read = 'eval "$AIRBYTE_ENTRYPOINT read --config /config/config.json --catalog /config/catalog.json"'
    local result = image.run(patched, read, { config = config, proc = false })
    assert.same({ 0, 1000 }, { result.status, #result.records() }, result.err)
  end)

  runs("sets what image/Dockerfile sets, to the same", function()
    local built, env, labels, said = image.build "amd64", {}, {}, {}
    for _, line in ipairs(lines_of(files.read "image/Dockerfile":match "\nFROM scratch\n(.*)$")) do
      local word, rest = line:match "^(%u+) (.*)$"
      local into = word == "ENV" and env or word == "LABEL" and labels or {}
      for name, value in rest:gmatch '([%w._]+)="([^"]*)"' do into[name] = value end
      said[word] = rest
    end
    assert.same({ built.config.User, built.config.WorkingDir, ('["%s"]'):format(built.config.Entrypoint[1]) },
      { said.USER, said.WORKDIR, said.ENTRYPOINT })
    assert.same(built.env, env)
    assert.equal("$COMMIT", labels["org.opencontainers.image.revision"])
    labels["org.opencontainers.image.revision"] = nil
    for name, value in pairs(labels) do assert.equal(built.config.Labels[name], value, name) end
    assert.equal("perigee/source-sentry", labels["io.airbyte.name"])
  end)

  runs("says in its SBOM exactly what is in the image, which is what image/inventory lists", function()
    local built = image.build "amd64"
    local inside = files.read(built.root .. "/usr/share/doc/perigee/sbom.spdx.json")
    assert.equal(files.read "build-image/amd64/sbom.spdx.json", inside)
    local sbom, said, packages = json.decode(inside), {}, {}
    for i, file in ipairs(sbom.files) do said[i] = file.checksums[2].checksumValue .. "  " .. file.fileName end
    local listing = "cd %s && find . -type f ! -path ./usr/share/doc/perigee/sbom.spdx.json -exec sha256sum {} +"
    local real = lines_of(image.output(listing, built.root))
    table.sort(said)
    table.sort(real)
    assert.same(real, said)
    for _, package in ipairs(sbom.packages) do packages[package.name] = package.versionInfo end
    for _, line in ipairs(lines_of(files.read "image/lock.amd64")) do
      local name, version = line:match "^run (%S+) (%S+)"
      if name then assert.equal(version, packages[name], name) end
    end
    assert.equal(built.config.Labels["io.airbyte.version"], packages.perigee)
    assert.is_nil(inventory.difference(sbom))
  end)

  runs("makes an archive for docker load of the same image: its configuration, its layer and its files", function()
    local built, folder = image.build "amd64", perigee.folder "archive"
    local name = "perigee/source-sentry:" .. built.config.Labels["io.airbyte.version"]
    local archive = "docker-archive:build-image/amd64/image.tar:" .. name
    local function config_of(reference) return json.decode(image.output("skopeo inspect --raw %s", reference)).config.digest end
    local id = config_of(archive) -- by Docker's image specification, an image's name is the digest of its configuration
    assert.equal(config_of("oci:" .. built.name), id)
    image.output("tar -C %s -xf build-image/amd64/image.tar", folder)
    local listed = json.decode(files.read(folder .. "/manifest.json"))
    assert.same({ 1, { "docker.io/" .. name }, 1 }, { #listed, listed[1].RepoTags, #listed[1].Layers })
    local function digest_of(file) return "sha256:" .. image.output("sha256sum <%s/%s", folder, file):match "%x+" end
    assert.equal(id, digest_of(listed[1].Config))
    local config = json.decode(files.read(folder .. "/" .. listed[1].Config))
    assert.same(config.rootfs.diff_ids, { digest_of(listed[1].Layers[1]) })
    image.output("skopeo copy %s oci:%s/oci:loaded", archive, folder)
    local loaded = image.unpack(folder .. "/oci", "bundle-loaded")
    assert.equal("", image.output("diff -r --no-dereference %s %s", built.root, loaded.root))
  end)

  runs("makes an archive that Docker's own engine loads as an image of that name", function()
    local built, folder = image.build "amd64", perigee.folder "engine"
    local text = ([[
      cd %s
      export DOCKER_HOST=unix://$PWD/socket
      dockerd --data-root $PWD/data --exec-root $PWD/exec --pidfile $PWD/pid --storage-driver vfs --iptables=false \
        --bridge=none --host $DOCKER_HOST >log 2>&1 &
      until docker version >/dev/null 2>&1; do kill -0 $! 2>/dev/null || { cat log >&2; exit 1; }; sleep 0.1; done
      docker load --quiet --input %s/build-image/amd64/image.tar
      docker image inspect --format '{{.Id}} {{.Config.User}} {{.Config.Entrypoint}} {{.Config.Env}}' perigee/source-sentry:%s]])
      :format(folder, os.getenv "PWD", built.config.Labels["io.airbyte.version"])
    local said = image.output("unshare --mount --pid --fork --kill-child --mount-proc sh -c %s", image.quoted(text))
    local manifest = json.decode(image.output("skopeo inspect --raw oci:%s", built.name))
    assert.equal(manifest.config.digest
      .. " 1000:1000 [/usr/bin/perigee] [PATH=/usr/bin AIRBYTE_ENTRYPOINT=/usr/bin/perigee]", said:match "[^\n]+$")
  end, "dockerd", "docker")

  runs("makes the same bytes from another folder, at another time, with another umask and time zone", function()
    if image.output "git status --porcelain" ~= "" then return pending "files are changed that are in no commit" end
    local built, folder = image.build "amd64", perigee.folder "elsewhere/deeper"
    image.output("git clone -q . %s/clone && mkdir %s/clone/build-image && ln -s $PWD/build-image/cache %s/clone/build-image/",
      folder, folder, folder)
    local settings = "umask 077; export TZ=Asia/Kathmandu LANG=C.UTF-8; faketime '2031-05-06 07:08:09'"
    local said = image.output("cd %s/clone && (%s ./dev image amd64)", folder, settings)
    assert.equal(built.digest, said:match "\ndigest%s+(%S+)" or said:match "^digest%s+(%S+)")
    image.output("cmp build-image/amd64/image.tar %s/clone/build-image/amd64/image.tar", folder)
    image.output("cmp build-image/amd64/sbom.spdx.json %s/clone/build-image/amd64/sbom.spdx.json", folder)
  end, "faketime", "git")
end)
