-- Base64 by the name that scripts knew before there was the module `digest`.
local digest = require "digest"

return { encode = digest.base64, decode = digest.from_base64 }
