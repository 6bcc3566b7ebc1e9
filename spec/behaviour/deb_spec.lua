-- The Debian packages: what lintian says of them, and their life in a bare Debian: installed, upgraded, purged. It takes minutes:
-- --long, as `./dev deb test` runs it.
local files = require "spec.support.files"
local image = require "spec.support.image"
local it_unless = require "spec.support.it_unless"
local perigee = require "spec.support.perigee"
local tree = require "spec.support.tree"

local WHY = image.refused_without("lintian", "debootstrap", "cpack", "aarch64-linux-gnu-gcc")
local output, quoted = image.output, image.quoted

local packages = {}
local function package_of(architecture)
  packages[architecture] = packages[architecture] or output("./dev deb %s", architecture):match "build%-deb/%S+%.deb$"
  return assert(packages[architecture])
end

local runs = it_unless(_ENV, WHY)

local function field(package, name) return output("dpkg-deb -f %s %s", package, name) end

local function in_root(root, command) return output("packaging/root run %s %s", quoted(root), quoted(command)) end

-- The same package as of an earlier version, which had a script that the new one lacks.
local function earlier(package)
  local folder, path = perigee.folder "earlier", perigee.folder() .. "/earlier.deb"
  output("dpkg-deb -R %s %s && sed -i 's/^Version: .*/Version: 0.0.9-1/' %s/DEBIAN/control", package, folder, folder)
  output("echo 'return 1' >%s/usr/share/perigee/scripts/gone.lua && dpkg-deb -b %s %s", folder, folder, path)
  return path
end

describe("the Debian package", function()
  teardown(perigee.cleanup)

  for _, architecture in ipairs { "amd64", "arm64" } do
    runs("for " .. architecture .. " has nothing that lintian finds, but three overrides at most, with reasons", function()
      local package = package_of(architecture)
      assert.equal(architecture, field(package, "Architecture"))
      assert.equal("", output("lintian --allow-root --fail-on none %s | grep -v ^N: || true", package))
      local overrides, reason = 0, false
      for line in files.read "packaging/lintian-overrides":gmatch "[^\n]+" do
        local comment = line:sub(1, 1) == "#"
        assert.is_true(comment or reason, "without a reason: " .. line)
        overrides = overrides + (comment and 0 or 1)
        reason = comment
      end
      assert.is_true(overrides <= 3, overrides)
    end)

    runs("for " .. architecture .. " has the project's version, and what it links and loads beside it", function()
      local package, version = package_of(architecture), files.read "CMakeLists.txt":match "project%(perigee VERSION ([%d.]+)"
      assert.equal(version .. "-1", field(package, "Version"))
      for _, library in ipairs { "libc6", "libcurl4", "libdeflate0", "liblua5.4-0", "libssl3", "lua-cjson" } do
        assert.matches("%f[%w]" .. library:gsub("[.-]", "%%%0") .. " %(>= ", field(package, "Depends"))
      end
      local list = output("dpkg-deb -c %s", package) .. "\n"
      for _, name in ipairs { "man/man1/perigee.1.gz", "man/man5/perigee-streams.5.gz", "doc/perigee/changelog.Debian.gz",
        "doc/perigee/copyright", "zsh/vendor-completions/_perigee", "doc/perigee/deploy/perigee-sync.service" } do
        assert.truthy(list:find("./usr/share/" .. name .. "\n", 1, true), name)
      end
    end)
  end

  it("recommends the package of each library that perigee loads when it is asked to", function()
    local recommended = files.read "packaging/package.cmake":match 'PACKAGE_RECOMMENDS "([^"]*)"'
    local found = tree.find(tree.files("runtime", "%.c$"), '"lib%w+%.so%.%d"')
    assert.is_true(#found >= 2)
    for _, place in ipairs(found) do
      local name, number = place.text:match '"(lib%w+)%.so%.(%d)"'
      assert.truthy((recommended .. ","):find(name .. number .. ",", 1, true), place.path)
    end
  end)

  runs("is installed in a bare Debian 12, upgraded and purged, and leaves nothing", function()
    local root, package = perigee.folder "root", package_of "amd64"
    output("packaging/root make bookworm amd64 %s", root)
    output("cp %s %s/earlier.deb && cp %s %s/new.deb", earlier(package), root, package, root)
    in_root(root, "apt-get install -q -y /earlier.deb")
    assert.equal("0.0.9-1", in_root(root, "dpkg-query -W -f '${Version}' perigee"))
    assert.matches("installed", in_root(root, "dpkg-query -W -f '${Status}' libpq5")) -- a Recommends
    output("echo 'return { name = \"own\", path = \"own/\" }' >%s/own.lua", perigee.folder())
    output("mkdir %s/usr/share/perigee/streams.d && cp %s/own.lua %s/usr/share/perigee/streams.d/", root, perigee.folder(), root)
    in_root(root, "apt-get install -q -y /new.deb")
    assert.equal(field(package, "Version"), in_root(root, "dpkg-query -W -f '${Version}' perigee"))
    assert.equal(files.read "CMakeLists.txt":match "project%(perigee VERSION ([%d.]+)",
      in_root(root, "perigee --version"):match "^perigee ([%d.]+) %(%x+")
    assert.equal("false", in_root(root, "test -e /usr/share/perigee/scripts/gone.lua || echo false"))
    assert.matches("\nown\n", in_root(root, "cd / && perigee discover --names"))
    in_root(root, "perigee spec && rm -r /usr/share/perigee/streams.d")
    in_root(root, "apt-get purge -q -y perigee")
    assert.equal("", in_root(root, "find / -xdev -name '*perigee*'"))
  end)
end)
