-- Articles of a knowledge base: an API that is none of Sentry's, with numbered pages and a token of its own.
-- Put its address into `base`, and the token into the configuration's `secrets`, under the name knowledge_base, for its host.
return {
  name = "articles",
  base = "https://api.example.com/v1/",
  auth = { Authorization = "Token {secrets.knowledge_base}" },
  path = "articles",
  params = { sort = "id" },
  records = "data.items",
  paging = { page = "page", first = 1 },
  page_size = { per_page = 50 },
  primary_key = "id",
  filter = function(record) return record.draft ~= true end,
  schema = "articles.json",
}
