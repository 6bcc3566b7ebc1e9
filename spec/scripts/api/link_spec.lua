-- The forms of Link headers that servers send, each with what it says of the next page.
local assert_linear = require "spec.support.linear"
local link = require "api.link"

local U = "https://a.example/list?page=2"
local NEXT = { url = U }

local function named(url) return { url = url } end

local MISQUOTED = "quotes in it are not closed, or not where they should be"

local forms = {
  { "quoted", '<%s>; rel="next"', NEXT },
  { "not quoted", "<%s>; rel=next", NEXT },
  { "in apostrophes", "<%s>; rel='next'", NEXT },
  { "without a blank", '<%s>;rel="next"', NEXT },
  { "with blanks around =", '<%s> ; rel = "next"', NEXT },
  { "with tabs", '<%s>\t;\trel\t=\tnext', NEXT },
  { "its name in capitals", '<%s>; REL="next"', NEXT },
  { "its relation in capitals", '<%s>; rel="Next"', NEXT },
  { "one relation of several", '<%s>; rel="self next"', NEXT },
  { "relations with more blanks", '<%s>; rel="  last   next  "', NEXT },
  { "a relation of which next is a part", '<%s>; rel="nextish"', nil },
  { "a relation in another parameter", '<%s>; title="next"; rel="prev"', nil },
  { "the words of a relation within quotes", [[<%s>; title="; rel=next"; rel="prev"]], nil },
  { "a parameter before it", '<%s>; title="Page two"; rel="next"', NEXT },
  { "a title of another language", "<%s>; title*=UTF-8'de'n%%c3%%a4chste; rel=next", NEXT },
  { "a comma within quotes", '<%s>; title="two, three"; rel="next"', NEXT },
  { "a link's sign within quotes", '<%s>; title="<x>; rel=prev"; rel="next"', NEXT },
  { "a quote within quotes", [[<%s>; title="a \"b\"; c"; rel="next"]], NEXT },
  { "a relation with a backslash", [[<%s>; rel="n\ext"]], NEXT },
  { "a parameter without value", "<%s>; crossorigin; rel=next", NEXT },
  { "empty parameters", "<%s>;; rel=next;", NEXT },
  { "the first of two rels", "<%s>; rel=next; rel=prev", NEXT },
  { "the second of two rels", "<%s>; rel=prev; rel=next", nil },
  { "the second of two links", '<https://a.example/1>; rel="prev", <%s>; rel="next"', NEXT },
  { "the second of two links without a blank", '<https://a.example/1>;rel=prev,<%s>;rel=next', NEXT },
  { "empty members of the list", ", ,<%s>; rel=next,", NEXT },
  { "the first of two that are next", '<%s>; rel="next", <https://a.example/3>; rel="next"', NEXT },
  { "a comma in the address", '<https://a.example/?ids=1,2;x>; rel="next"', named "https://a.example/?ids=1,2;x" },
  { "an apostrophe in the address", '<https://a.example/o\'c>; rel="next"', named "https://a.example/o'c" },
  { "a path alone", "</list?page=2>; rel=next", named "/list?page=2" },
  { "blanks within the brackets", "< %s >; rel=next", NEXT },
  { "a link without relation", "<%s>", nil },
  { "an address without its end", "<%s; rel=next", nil, "an address in it has no '>'" },
  { "an address without its end behind another", '<https://a.example/1>; rel="prev", <%s; rel="next"', nil,
    "an address in it has no '>'" },
  { "quotes without their end, which hide what follows", '<https://a.example/1>; rel="prev, <%s>; rel=next', nil,
    MISQUOTED },
  { "an address without brackets", '%s; rel="next"', nil, "it has no address in brackets" },
  { "an address without brackets, of another relation", "%s;REL = prev", nil, "it has no address in brackets" },
  { "an address without its end behind the one that is next", '<%s>; rel=next, <https://a.example/3; rel=last', NEXT },
  { "no link, but a word", "none", nil },
  { "quotes without their end", '<%s>; rel="next', NEXT },
  { "nothing", "", nil },
  { "the same document", '<>; rel="next"', named "" },
  { "a relation by rev", '<%s>; rev="next"', nil },
  { "a relation by rel*", "<%s>; rel*=UTF-8''next", nil },
  { "a relation that is an address", '<%s>; rel="https://a.example/rel/next"', nil },
  { "a relation beside an address", '<%s>; rel="https://a.example/rel/page next"', NEXT },
  { "relations with a tab between", '<%s>; rel="self\tnext"', NEXT },
  { "an empty rel before another", '<%s>; rel=""; rel=next', nil },
  { "no semicolon", '<%s> rel="next"', nil, MISQUOTED },
  { "quotes of one link that end in the next one", '<https://a.example/1>; rel="first, <%s>; rel="next"', nil, MISQUOTED },
  { "quotes of one link that end in the next one, whose do not end", '<https://a.example/1>; rel="first, <%s>; rel="next', nil,
    MISQUOTED },
  { "the text of a Python set without a next one", [[{'<%s>; rel="previous"; results="false"; cursor=""'}]], nil },
  { "other links alone", '<%s>; rel="prev"; title="it\'s", <%s>; rel=last ; x="1" ', nil },
  { "more behind the quotes", '<%s>; rel="next"more; x=1', NEXT },
  { "a parameter without name", '<%s>; ="x"; rel=next', NEXT },
  { "a value with a blank, not quoted", "<%s>; title=Page two; rel=next", NEXT },
  { "parameters twice", '<%s>; hreflang=en; hreflang=de; media="screen, tv"; rel=next', NEXT },
  { "text before the link", "x <%s>; rel=next", NEXT },
  { "a link of another document before it", '<https://a.example/3>; rel=next; anchor="/other", <%s>; rel=next', NEXT },
  { "a link of another document alone", '<%s>; rel=next; anchor="#list"', NEXT },
  { "the results and cursors of Sentry", '<%s&c=0:0:1>; rel="previous"; results="false"; cursor="0:0:1", '
    .. '<%s>; rel="next"; results="true"; cursor="0:100:0"', { url = U, results = "true", cursor = "0:100:0" } },
  { "the same, not quoted", "<%s>; rel=next; results=true; cursor=0:100:0", { url = U, results = "true", cursor = "0:100:0" } },
  { "the text of a Python set", [[{'<%s>; rel="next"; results="true"; cursor="cD0y"', ]]
    .. [['<%s>; rel="previous"; results="false"; cursor=""'}]], { url = U, results = "true", cursor = "cD0y" } },
  { "the text of a Python set whose next is the second", [[{'<%s&p>; rel="previous"; results="false"', '<%s>; rel="next"; ]]
    .. [[results="true"; cursor="cD0y"'}]], { url = U, results = "true", cursor = "cD0y" } },
  { "the text of a Python set without quotes", "{'<%s>; results=true; rel=next'}", { url = U, results = "true" } },
}

describe("a Link header", function()
  for _, form in ipairs(forms) do
    it("is read as RFC 8288 says: " .. form[1], function()
      local found, wrong = link.next((form[2]:gsub("%%(.)", { s = (U:gsub("%%", "%%%%")), ["%"] = "%" })))
      assert.same(form[3], found)
      local why = wrong and wrong:match "^the response's Link header cannot be read, as (.-): "
      assert.equal(form[4], why)
    end)
  end

  it("is read in a time that is linear in its length, whatever it holds", function()
    for _, part in ipairs { "<", "<>", "<>;", ";", '"', "'", "\\", " ", "=", ",", "<>; a=", "<>; a='", '<>; a="', '<>;a="\\"' } do
      for _, before in ipairs { "", "<>", "<>;", "<>;a", "<>;a=", '<>;a="', "<>;a='", "<" } do
        assert_linear(function(many) link.next(before .. part:rep(many)) end, 20000, before .. part)
      end
    end
  end)
end)
