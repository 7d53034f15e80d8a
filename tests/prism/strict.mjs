// Writes a copy of a Twilio document in which whatever Keydesk sends must be there under its
// right name: the mock server passes over names it does not know.
//   node strict.mjs DOCUMENT.yaml COPY.json
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

// Modules are looked for where this is run.
const require = createRequire(join(process.cwd(), "package.json"));
const { parse } = require("@stoplight/yaml");

const SENT = {
  CreateMessage: ["To", "Body", "ValidityPeriod"],
  CreateVerification: ["To", "Channel", "Locale", "CustomFriendlyName"],
  CreateVerificationCheck: ["VerificationSid", "Code"],
  UpdateVerification: ["Status"],
  CreateChallenge: ["FactorSid", "Details.Message", "Details.Fields", "ExpirationDate"],
};

const [from, to] = process.argv.slice(2);
const document = parse(readFileSync(from, "utf8"));
for (const path of Object.values(document.paths)) {
  const form = path.post?.requestBody?.content?.["application/x-www-form-urlencoded"];
  if (!form) continue;
  const sent = SENT[path.post.operationId] ?? [];
  const unknown = sent.filter((name) => !(name in form.schema.properties));
  if (unknown.length) throw new Error(`${path.post.operationId} knows no ${unknown}`);
  form.schema.required = [...new Set([...(form.schema.required ?? []), ...sent])];
  // A list comes as one member for each item, as OpenAPI has it where nothing is said.
  const lists = Object.keys(form.schema.properties).filter(
    (name) => form.schema.properties[name].type === "array",
  );
  form.encoding = Object.fromEntries(lists.map((name) => [name, { style: "form", explode: true }]));
}
// Somebody whose phone is registered; the first example is of nobody's.
const factors = document.paths["/v2/Services/{ServiceSid}/Entities/{Identity}/Factors"];
if (factors) {
  const answer = factors.get.responses["200"].content["application/json"];
  const some = Object.values(answer.examples).find(({ value }) => value.factors.length);
  some.value.factors[0].status = "verified";
  answer.examples = { some };
}
writeFileSync(to, JSON.stringify(document));
