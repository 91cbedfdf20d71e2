// Asks a node with tokens of a real OpenID provider, and says what came of it, one line a check.
//
// check.mjs ISSUER BEACON NODE_ID
import { createHash, randomUUID } from "node:crypto";
import { SignJWT, calculateJwkThumbprint, exportJWK, generateKeyPair } from "jose";

const [issuer, beacon, node] = process.argv.slice(2);
const PORTAL = `Basic ${Buffer.from("portal:a-secret-of-the-test-alone").toString("base64")}`;
const REDIRECT = "http://127.0.0.1/callback";
const SCOPE = "openid ga4gh_passport_v1";
const here = `urn:fyr:node:${node}`;
const QUESTION = "referenceName=22&start=16050074&referenceBases=A&alternateBases=G&assemblyId=GRCh38"
  + "&requestedGranularity=record&includeResultsetResponses=ALL";

let passed = 0, failed = 0;
function check(name, came, expected) {
  const fits = JSON.stringify(came) === JSON.stringify(expected);
  fits ? passed++ : failed++;
  console.log(`${fits ? "ok    " : "FAILED"} ${name}${fits ? "" : `: ${JSON.stringify(came)}, not ${JSON.stringify(expected)}`}`);
}

/** A key of a client, with which it proves possession (RFC 9449). */
async function client() {
  const { privateKey, publicKey } = await generateKeyPair("ES256");
  const jwk = await exportJWK(publicKey);
  const prove = (htm, htu, token) => new SignJWT({
    htm, htu, jti: randomUUID(), ...(token && { ath: createHash("sha256").update(token).digest("base64url") }),
  }).setProtectedHeader({ alg: "ES256", typ: "dpop+jwt", jwk }).setIssuedAt().sign(privateKey);
  return { prove, thumbprint: await calculateJwkThumbprint(jwk) };
}

async function token(form, key) {
  const headers = { authorization: PORTAL, "content-type": "application/x-www-form-urlencoded" };
  if (key) headers.dpop = await key.prove("POST", `${issuer}/token`);
  const response = await fetch(`${issuer}/token`, { method: "POST", headers, body: new URLSearchParams(form) });
  const answer = await response.json();
  if (!answer.access_token) throw new Error(`no token: ${JSON.stringify(answer)}`);
  return answer;
}

const ofMachine = (resource, key) =>
  token({ grant_type: "client_credentials", scope: SCOPE, ...(resource && { resource }) }, key);

/** The authorization code flow with PKCE, as a browser walks it. */
async function ofPerson(person, resource, key) {
  const verifier = randomUUID() + randomUUID();
  const query = new URLSearchParams({
    client_id: "portal", response_type: "code", redirect_uri: REDIRECT, scope: SCOPE, resource,
    login_hint: person, state: randomUUID(), prompt: "consent",
    code_challenge: createHash("sha256").update(verifier).digest("base64url"), code_challenge_method: "S256",
  });
  const jar = new Map();
  let at = `${issuer}/auth?${query}`;
  for (let steps = 0; !at.startsWith(REDIRECT); steps++) {
    if (steps > 8) throw new Error(`the flow does not end: ${at}`);
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join("; ");
    const response = await fetch(at, { redirect: "manual", headers: { cookie } });
    for (const set of response.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(set);
      value ? jar.set(name, value) : jar.delete(name);
    }
    const next = response.headers.get("location");
    if (!next) throw new Error(`${response.status} at ${at}: ${await response.text()}`);
    at = new URL(next, at).href;
  }
  const code = new URL(at).searchParams.get("code");
  if (!code) throw new Error(`no code: ${at}`);
  return token({ grant_type: "authorization_code", code, redirect_uri: REDIRECT, code_verifier: verifier, resource }, key);
}

/** Asks for a dataset: the status, and what of a number was told. */
async function ask(dataset, headers = {}) {
  const response = await fetch(`${beacon}/g_variants?${QUESTION}&datasets=${dataset}`,
    { headers: { "fyr-purpose": "GRU", ...headers } });
  const body = await response.json();
  if (response.status !== 200) return response.status;
  const set = body.response?.resultSets?.[0];
  const rows = set?.results?.[0]?.frequencyInPopulations?.[0]?.frequencies?.length > 0;
  return [200, rows ? "frequency" : set?.resultsCount !== undefined && set.resultsCount !== null ? "count" : "boolean"];
}

const bearer = (text) => ({ authorization: `Bearer ${text}` });
async function bound(text, key, url = `${beacon}/g_variants`) {
  return { authorization: `DPoP ${text}`, dpop: await key.prove("GET", url, text) };
}

const short = (await ofMachine(`${here}:short`)).access_token;
const started = Date.now();

check("nobody: open data", await ask("open"), [200, "frequency"]);
check("nobody: what only researchers may ask is unknown", await ask("registered"), 404);

const machine = (await ofMachine(here)).access_token;
check("client credentials: let in, open data", await ask("open", bearer(machine)), [200, "frequency"]);
check("client credentials: no visas, so no registered data", await ask("registered", bearer(machine)), 404);

const anna = await ofPerson("anna", here);
const released = await ask("registered", bearer(anna.access_token));
check("authorization code: a registered researcher gets registered data", released[0], 200);
check("authorization code: no frequencies in the research profile", released[1] === "frequency", false);
check("authorization code: a plain bearer token opens no granted data", await ask("granted", bearer(anna.access_token)), 404);
const bo = await ofPerson("bo", here);
check("authorization code: one visa of two makes no registered researcher", await ask("registered", bearer(bo.access_token)), 404);

const [key, thief] = [await client(), await client()];
const held = (await ofPerson("anna", here, key)).access_token;
check("DPoP: granted data with a proof", await ask("granted", await bound(held, key)), [200, "frequency"]);
check("DPoP: the token without its proof", await ask("open", bearer(held)), 401);
check("DPoP: scheme without proof", await ask("open", { authorization: `DPoP ${held}` }), 401);
check("DPoP: the proof of a thief", await ask("open", await bound(held, thief)), 401);
check("DPoP: a proof for another address", await ask("open", await bound(held, key, `${beacon}/individuals`)), 401);
const once = await bound(held, key);
check("DPoP: a proof counts", await ask("open", once), [200, "frequency"]);
check("DPoP: and counts once", await ask("open", once), 401);

check("wrong audience", await ask("open", bearer((await ofMachine("urn:fyr:node:another")).access_token)), 401);
check("opaque token", await ask("open", bearer((await ofMachine()).access_token)), 401);
check("id token", await ask("open", bearer(anna.id_token)), 401);
check("no token at all", await ask("open", bearer("garbage")), 401);
const [head, claims, signature] = machine.split(".");
check("another signature", await ask("open", bearer(`${head}.${claims}.${signature.slice(0, -8)}AAAAAAAA`)), 401);
const raised = Buffer.from(JSON.stringify({
  ...JSON.parse(Buffer.from(claims, "base64url")), sub: "anna",
})).toString("base64url");
check("other claims under the signature", await ask("open", bearer(`${head}.${raised}.${signature}`)), 401);

// The node may ask for keys again 30 seconds after it did.
await new Promise((over) => setTimeout(over, Math.max(0, started + 34_000 - Date.now())));
check("expired", await ask("open", bearer(short)), 401);
await fetch(`${issuer}/test/rotate`, { method: "POST" });
const fresh = (await ofMachine(here)).access_token;
check("key rotation: signed by a new key", JSON.parse(Buffer.from(fresh.split(".")[0], "base64url")).kid, "tokens-2");
check("key rotation: the new key is fetched", await ask("open", bearer(fresh)), [200, "frequency"]);
check("key rotation: the former key still counts", await ask("open", bearer(machine)), [200, "frequency"]);

console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed ? 1 : 0;
