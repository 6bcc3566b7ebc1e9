-- What image/packages.py fetches by a lock, from a source of this spec's own: packages of which a mirror's lists name a newer
-- version, as they do from one hour to the next.
local files = require "spec.support.files"
local image = require "spec.support.image"
local it_unless = require "spec.support.it_unless"
local missing = require "spec.support.missing"
local perigee = require "spec.support.perigee"

-- A source with two versions of a package, of which its lists have the newer; and beside it image/packages.py with a lock.
local MAKE = [[
set -eu
rm -rf "$1"
mkdir "$1"
cd "$1"
mkdir -p image source/pool source/dists/here/main/binary-amd64 build/DEBIAN build/etc
cp "$2/image/packages.py" image/
for version in 1:1.0-1 1:1.0-2; do
  printf 'Package: perigee-spec\nVersion: %s\nArchitecture: all\nMaintainer: nobody <nobody@example.com>\nDescription: none\n' \
    $version >build/DEBIAN/control
  echo $version >build/etc/perigee-spec
  dpkg-deb --build --root-owner-group build source/pool/perigee-spec_${version#*:}_all.deb
done
cd source
sum() { sha256sum <"$1" | cut -c1-64; }
file=pool/perigee-spec_1.0-2_all.deb list=main/binary-amd64/Packages
dpkg-deb -f $file >dists/here/$list
printf 'Filename: %s\nSize: %s\nSHA256: %s\n' $file $(stat -c %s $file) $(sum $file) >>dists/here/$list
cd dists/here
printf 'Suite: here\nComponents: main\nArchitectures: amd64\nSHA256:\n %s %s %s\n' $(sum $list) $(stat -c %s $list) $list >Release
cd ../../..
echo "deb [trusted=yes] copy:$1/source here main" >sources.list
printf 'Dir::Etc::sourcelist "%s/sources.list"; Dir::Etc::sourceparts "/dev/null";\n' "$1" >apt.conf
echo "run perigee-spec" >image/packages
]]

local it_by_apt = it_unless(_ENV, missing("apt-get", "dpkg-deb", "python3"))

-- Unpacks by a lock with this version, and the digest of that file; how it ended, and the folder.
local function unpack_locked(version, file)
  local place = version:gsub("%W", "")
  local root = perigee.folder() .. "/" .. place
  image.output("sh %s %s %s", perigee.write(MAKE, "make.sh"), root, os.getenv "PWD")
  local digest = image.output("sha256sum <%s/source/pool/%s", root, file):match "%x+"
  perigee.write(("run perigee-spec %s %s\n"):format(version, digest), place .. "/image/lock.amd64")
  local result = perigee.run { binary = "/usr/bin/env", "APT_CONFIG=" .. root .. "/apt.conf", "python3",
    root .. "/image/packages.py", "unpack", "amd64", root .. "/cache", root .. "/unpacked" }
  return result, root .. "/unpacked"
end

describe("the packages of a lock", function()
  teardown(perigee.cleanup)

  it_by_apt("are those that it names", function()
    local result, folder = unpack_locked("1:1.0-2", "perigee-spec_1.0-2_all.deb")
    assert.same({ 0, "" }, { result.status, result.err })
    assert.equal("1:1.0-2\n", files.read(folder .. "/etc/perigee-spec"))
  end)

  it_by_apt("are those that it names, too, where the source's lists have a newer version by now", function()
    local result, folder = unpack_locked("1:1.0-1", "perigee-spec_1.0-1_all.deb")
    assert.same({ 0, "" }, { result.status, result.err })
    assert.equal("1:1.0-1\n", files.read(folder .. "/etc/perigee-spec"))
  end)

  it_by_apt("are refused where the source has no such file any more, with what to do", function()
    local result = unpack_locked("1:0.9-1", "perigee-spec_1.0-1_all.deb")
    assert.equal(1, result.status)
    assert.matches("No source has perigee%-spec 1:0%.9%-1 any more, which image/lock%.amd64 names%. Run: %./dev image lock",
      result.err)
  end)

  it_by_apt("are refused where the file is another one", function()
    local result = unpack_locked("1:1.0-1", "perigee-spec_1.0-2_all.deb")
    assert.equal(1, result.status)
  end)
end)
