-- Integrations of the organization, without the forms by which they are configured, which a server takes seconds to make.
return {
  name = "integrations",
  path = "organizations/{organization}/integrations/",
  params = { includeConfig = 0 },
  primary_key = "id",
  secrets = { "configData.service_table", "configData.team_table" }, -- keys of PagerDuty's services, and of Opsgenie's teams
  scope = "org:integrations",
}
