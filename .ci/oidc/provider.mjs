// An OpenID provider with a passport broker and an issuer of visas beside it, for the end-to-end test.
//
// Serves http://127.0.0.1:PORT, writes its issuer to standard output, and issues JWT access tokens for resources
// `urn:fyr:node:NODE` (for that node), with `:short` behind it for such that end after a second. People are logged
// in as whom `login_hint` names, without a question. POST /test/rotate changes the signing key.
import { createServer } from "node:http";

import { SignJWT, createLocalJWKSet, exportJWK, generateKeyPair, jwtVerify } from "jose";
import Provider from "oidc-provider";

const REGISTERED = "https://doi.org/10.1038/s41431-018-0219-y";
const SOURCE = "https://dac.example";
const SCOPE = "openid ga4gh_passport_v1";

/** What visas people have: type, value, role. */
const PEOPLE = {
  anna: [
    ["ResearcherStatus", REGISTERED, "so"],
    ["AcceptedTermsAndPolicies", REGISTERED, "self"],
    ["ControlledAccessGrants", "https://dac.example/datasets/granted", "dac"],
  ],
  bo: [["ResearcherStatus", REGISTERED, "so"]],
};

async function key(kid, alg) {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
  const own = { kid, alg, use: "sig" };
  return {
    kid, alg, privateKey,
    secret: { ...(await exportJWK(privateKey)), ...own },
    open: { ...(await exportJWK(publicKey)), ...own },
  };
}

const server = createServer((request, response) => answer(request, response).catch((error) => {
  console.error(error);
  response.writeHead(500).end();
}));
await new Promise((ready) => server.listen(Number(process.argv[2] ?? 0), "127.0.0.1", ready));
const issuer = `http://127.0.0.1:${server.address().port}`;
const visas = await key("visas-1", "ES256");

/** How long tokens count, in seconds. */
const lifetime = (_, token) => token.resourceServer?.accessTokenTTL ?? 600;

let keys = [await key("tokens-1", "RS256")];
let provider = start();

function start() {
  const made = new Provider(issuer, {
    jwks: { keys: keys.map((one) => one.secret) },
    clients: [{
      client_id: "portal",
      client_secret: "a-secret-of-the-test-alone",
      application_type: "native",
      grant_types: ["authorization_code", "client_credentials"],
      response_types: ["code"],
      redirect_uris: ["http://127.0.0.1/callback"],
    }],
    scopes: SCOPE.split(" "),
    cookies: { keys: ["a-secret-of-the-test-alone"] },
    findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
    interactions: { url: (_, interaction) => `/interaction/${interaction.uid}` },
    ttl: { AccessToken: lifetime, ClientCredentials: lifetime, Grant: 600, Interaction: 600, Session: 600, IdToken: 600 },
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      dPoP: { enabled: true },
      resourceIndicators: {
        enabled: true,
        useGrantedResource: () => true,
        getResourceServerInfo: (_, resource) => ({
          scope: SCOPE,
          audience: resource.replace(/^urn:fyr:node:/, "").replace(/:short$/, ""),
          accessTokenFormat: "jwt",
          accessTokenTTL: resource.endsWith(":short") ? 1 : 600,
          jwt: { sign: { alg: keys[0].alg } },
        }),
      },
    },
  });
  made.on("server_error", (_, error) => console.error(error));
  return made;
}

async function answer(request, response) {
  const { pathname } = new URL(request.url, issuer);
  if (pathname.startsWith("/interaction/")) return login(request, response);
  if (pathname === "/ga4gh/userinfo") return userinfo(request, response);
  if (pathname === "/visas/jwks") return json(response, 200, { keys: [visas.open] });
  if (pathname === "/test/rotate") {
    keys = [await key(`tokens-${keys.length + 1}`, "ES256"), ...keys];
    provider = start();
    return json(response, 200, { kid: keys[0].kid });
  }
  return provider.callback()(request, response);
}

function json(response, status, body) {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
}

/** Logs in whom the request names, and lets the client have what it asks for. */
async function login(request, response) {
  const { params } = await provider.interactionDetails(request, response);
  const accountId = params.login_hint;
  const grant = new provider.Grant({ accountId, clientId: params.client_id });
  grant.addOIDCScope(SCOPE);
  grant.addResourceScope(params.resource, SCOPE);
  const grantId = await grant.save();
  await provider.interactionFinished(request, response, { login: { accountId }, consent: { grantId } });
}

/** The userinfo endpoint of a passport broker (GA4GH AAI): visas of the holder of an access token. */
async function userinfo(request, response) {
  const token = request.headers.authorization?.replace(/^(Bearer|DPoP) /, "") ?? "";
  let claims;
  try {
    const set = createLocalJWKSet({ keys: keys.map((one) => one.open) });
    claims = (await jwtVerify(token, set, { issuer })).payload;
  } catch {
    return json(response, 401, { error: "invalid_token" });
  }
  const signed = (PEOPLE[claims.sub] ?? []).map((visa) => sign(claims.sub, visa));
  return json(response, 200, { sub: claims.sub, ga4gh_passport_v1: await Promise.all(signed) });
}

function sign(sub, [type, value, by]) {
  const asserted = Math.floor(Date.now() / 1000) - 60;
  return new SignJWT({ ga4gh_visa_v1: { type, value, by, source: SOURCE, asserted } })
    .setProtectedHeader({ alg: visas.alg, kid: visas.kid, typ: "vnd.ga4gh.visa+jwt", jku: `${issuer}/visas/jwks` })
    .setIssuer(`${issuer}/visas`).setSubject(sub).setIssuedAt().setExpirationTime("10m")
    .setJti(`${sub}-${type}`).sign(visas.privateKey);
}

console.log(issuer);
