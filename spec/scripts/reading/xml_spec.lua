-- Responses of XML: what a server sends, and what must come of it. Python's own parser is the judge of random documents.
local json = require "json"
local scripted_api = require "spec.support.scripted_api"

local XML = 'format = "xml", primary_key = nil, records = "%s"'

local function form(name, text, records, path, more)
  local made = { name, stream = XML:format(path or "list.item"), records = records, answers = { items = { text = text } } }
  for field, value in pairs(more or {}) do made[field] = value end
  return made
end

local function failing(name, text, wrong, path, more)
  local made = form(name, text, {}, path, more)
  made.wrong = wrong
  return made
end

local function list(inside) return "<list>" .. inside .. "</list>" end
local NOTHING = "there is nothing in the response where its records were looked for"
local BOMB = '<!DOCTYPE list [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><list><item><n>&b;</n></item></list>'

local forms = {
  form("elements, attributes and text", list '<item id="1" a="&lt;"><n>x</n></item>\n <item id="2"><n> y\n</n>z</item>',
    { '{"@id":"1","@a":"<","n":"x"}', '{"@id":"2","n":"y","#text":"z"}' }),
  form("one record alone", list "<item><id>1</id></item>", { '{"id":"1"}' }),
  form("several of a name, in a list where the first of them stood", list "<item><t>1</t><b/><t>2</t><t><u>3</u></t></item>",
    { '{"t":["1","2",{"u":"3"}],"b":null}' }),
  form("an attribute beside text", list '<item><p c="EUR"> 1 </p><q c=""/></item>',
    { '{"p":{"@c":"EUR","#text":"1"},"q":{"@c":""}}' }),
  form("text among elements, joined in order", list "<item>a<b>1</b>c<b>2</b>d</item>", { '{"b":["1","2"],"#text":"acd"}' }),
  form("CDATA, comments and numbers of characters", list "<item><n><![CDATA[<&>]]><!-- no -->&#233;&#x1F600;&amp;</n></item>",
    { '{"n":"<&>é😀&"}' }),
  form("names as they are written, with their namespaces",
    '<a:list xmlns:a="u" xmlns="v"><a:item a:b="1"><c xmlns="w">2</c></a:item></a:list>',
    { '{"@a:b":"1","c":{"@xmlns":"w","#text":"2"}}' }, "a:list.a:item"),
  form("records in each of several elements", "<l><s><i><n>1</n></i><i><n>2</n></i></s><s><i><n>3</n></i></s><s/><s><x/></s></l>",
    { '{"n":"1"}', '{"n":"2"}', '{"n":"3"}' }, "l.s.i"),
  form("an empty list", '<list total="0"/>', {}),
  form("an empty list behind another element", "<feed><head/><list>\n</list></feed>", {}, "feed.list.item"),
  form("a declared encoding, and a document type", nil, { '{"n":"é"}' }, nil, { answers = { items = {
    latin1 = '<?xml version="1.0" encoding="ISO-8859-1"?>'
      .. '<!DOCTYPE list SYSTEM "list.dtd"><list><item><n>\u{E9}</n></item></list>' } } }),
  form("UTF-16", nil, { '{"n":"x"}' }, nil, { answers = { items = { latin1 = "\u{FE}\u{FF}" ..
    (list "<item><n>x</n></item>"):gsub(".", "\0%0") } } }),
  form("a format whose name stands in a table", list "<item><n>1</n></item>", { '{"n":"1"}' }, nil,
    { stream = XML:gsub('"xml"', '{ "xml" }'):format "list.item" }),
  form("gzip", nil, { '{"n":"1"}' }, nil, { answers = { items = { gzip = { list "<item><n>1</n></item>" } } } }),
  form("pages, whose end an element says, the last without a record", nil, { '{"n":"1"}', '{"n":"2"}' }, nil, {
    stream = XML:format "list.item" .. ', paging = { cursor = "c", next = "list.@next" }, page_size = { size = 1 }',
    answers = { ["items?size=1"] = { text = '<list next="t"><item><n>1</n></item><x/></list>' },
      ["items?c=t&size=1"] = { text = '<list next="u"><item><n>2</n></item><x/></list>' },
      ["items?c=u&size=1"] = { text = '<list next=""><x/></list>' } } }),
  { "HTML in place of a later page", stream = XML:format "list.item" .. ', paging = { cursor = "c", next = "list.@next" }',
    records = { '{"n":"1"}' }, wrong = NOTHING,
    answers = { items = { text = '<list next="t"><item><n>1</n></item></list>' },
      ["items?c=t"] = { text = "<html>busy</html>" } } },
  failing("a path that is misspelt", list "<item/>", NOTHING, "list.itm"),
  failing("a root that is another", "<error><code>1</code></error>", NOTHING),
  failing("an entity that grows", BOMB, "the document declares an entity; such documents are not read"),
  failing("an entity from elsewhere", '<!DOCTYPE list [<!ENTITY a SYSTEM "file:///etc/passwd">]><list><item>&a;</item></list>',
    "the document declares an entity"),
  failing("an entity that is declared elsewhere", '<!DOCTYPE list SYSTEM "x.dtd"><list><item><n>&a;</n></item></list>',
    "the document uses an entity that is declared elsewhere"),
  failing("a document that is cut", "<list><item><n>1</n></item>", "no element found"),
  failing("elements that do not match", "<list><item></list>", "byte 15: mismatched tag"),
  failing("JSON", "{}", "byte 1: not well-formed"),
  failing("nothing", "", "no element found"),
  failing("records that are texts", list "<item>1</item><item>2</item>", "a record must be an object"),
  failing("elements without end", ("<a>"):rep(300), "elements are nested too deep"),
}

-- Random documents, and what Python's parser and the rules of docs/streams.md make of them.
local MAKE = [==[
import json, random
import xml.etree.ElementTree as ET
from xml.sax.saxutils import escape, quoteattr
random.seed(5)
def text(): return random.choice(["", "", " ", "x", " a\n b ", "é€😀", "<&>\"'", "1.10"])
def element(depth):
    name = random.choice("abc")
    attributes = "".join(" %s=%s" % (n, quoteattr(text())) for n in random.sample("xy", random.randint(0, 2)))
    inside = escape(text())
    if depth < 4:
        for _ in range(random.choice([0, 0, 1, 2, 5])): inside += element(depth + 1) + escape(text())
    return "<%s%s>%s</%s>" % (name, attributes, inside, name)
def value(e):
    made = {"@" + n: v for n, v in e.attrib.items()}
    names = []
    for child in e:
        if child.tag not in names: names.append(child.tag)
    for name in names:
        values = [value(child) for child in e if child.tag == name]
        made[name] = values if len(values) > 1 else values[0]
    whole = ((e.text or "") + "".join(child.tail or "" for child in e)).strip(" \n\r\t")
    if not made: return whole or None
    if whole: made["#text"] = whole
    return made
made = []
while len(made) < 100:
    document = "<list><item n=\"1\">" + element(0) + element(0) + "</item></list>"
    made.append({"text": document, "record": value(ET.fromstring(document)[0])})
print(json.dumps(made))
]==]

describe("a response of XML", function()
  local _, readings = scripted_api.serve(setup, teardown, forms)

  for i, one in ipairs(forms) do
    it("may hold " .. one[1], function() scripted_api.assert_holds(one, readings[i]) end)
  end

  it("is what Python's own parser reads", function()
    local pipe = assert(io.popen("python3 - <<'END'\n" .. MAKE .. "\nEND"))
    local made = json.decode(pipe:read "a")
    pipe:close()
    local random_forms = {}
    for n, one in ipairs(made) do random_forms[n] = form(n, one.text) end
    local server = scripted_api.start(random_forms)
    local result = server.read_all()
    server.stop()
    for n, one in ipairs(made) do
      assert.is_true(result[n].complete, one.text)
      assert.equal(1, #result[n].records, one.text)
      assert.same(one.record, json.decode(result[n].records[1]), one.text)
    end
  end)
end)
