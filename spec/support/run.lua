-- Runs busted inside of perigee: `perigee lua spec/support/run.lua [busted's options]`.
local given = arg
require "spec.support.sentry" -- loaded before busted insulates each file: one fake Sentry serves them all
local words = { "--pattern=_spec", "--output=spec/support/output.lua", "--lpath=./?.lua" }
local roots = false
for _, word in ipairs(given) do
  words[#words + 1] = word
  roots = roots or not word:find "^%-"
end
if not roots then words[#words + 1] = "spec" end
words[0] = "busted"
_G.arg = words
require "busted.runner" { standalone = false }
