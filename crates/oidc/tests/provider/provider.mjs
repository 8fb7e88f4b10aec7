// A certified OpenID provider on loopback, for tests: people sign in without a password, and consent to everything.
//
// Who signs in is `login_hint`, or whoever is chosen on the page; `nobody` refuses. Settings are in the environment:
//   PROVIDER_CERT, PROVIDER_KEY   files in PEM for `localhost`
//   PROVIDER_PORT                 0 or nothing: any
//   PROVIDER_CLIENT_ID, PROVIDER_CLIENT_SECRET, PROVIDER_REDIRECT_URIS, PROVIDER_RETURN_URIS (after signing out)
//   PROVIDER_LOGOUT_URI           where it says that somebody signed out; NODE_EXTRA_CA_CERTS vouches for that
//   PROVIDER_USERS                {"ada": {"email": …, "email_verified": …, "name": …, "groups": […], "amr": […]}, …}
//   PROVIDER_ALGORITHM            of ID tokens: RS256 (as without it), PS256, ES256 or EdDSA
//   PROVIDER_CLAIMS               `id_token`: the ID token tells all; else the user info does, as the protocol has it
// Lists are divided by spaces. Prints its issuer on one line when it is ready, and ends with its standard input.
import { createServer } from 'node:https';
import { readFileSync } from 'node:fs';
import { generateKeyPairSync, randomUUID } from 'node:crypto';
import Provider from 'oidc-provider';

const { env } = process;
const list = (text) => (text ?? '').split(' ').filter(Boolean);
const users = JSON.parse(env.PROVIDER_USERS ?? '{}');
const algorithm = env.PROVIDER_ALGORITHM ?? 'RS256';

const keyOptions = {
  RS256: ['rsa', { modulusLength: 2048 }],
  PS256: ['rsa', { modulusLength: 2048 }],
  ES256: ['ec', { namedCurve: 'P-256' }],
  EdDSA: ['ed25519', {}],
};

function signingKey(alg) {
  const jwk = generateKeyPairSync(...keyOptions[alg]).privateKey.export({ format: 'jwk' });
  return { ...jwk, use: 'sig', alg, kid: randomUUID() };
}

function configuration() {
  return {
    clients: [{
      client_id: env.PROVIDER_CLIENT_ID,
      client_secret: env.PROVIDER_CLIENT_SECRET,
      token_endpoint_auth_method: env.PROVIDER_CLIENT_SECRET ? 'client_secret_basic' : 'none',
      redirect_uris: list(env.PROVIDER_REDIRECT_URIS),
      post_logout_redirect_uris: list(env.PROVIDER_RETURN_URIS),
      backchannel_logout_uri: env.PROVIDER_LOGOUT_URI,
      backchannel_logout_session_required: true,
      id_token_signed_response_alg: algorithm,
      grant_types: ['authorization_code'],
      response_types: ['code'],
    }],
    jwks: { keys: [signingKey(algorithm)] },
    cookies: { keys: [randomUUID()] },
    pkce: { required: () => true },
    scopes: ['openid', 'email', 'profile', 'groups'],
    claims: {
      openid: ['sub', 'amr'], email: ['email', 'email_verified'], profile: ['name'], groups: ['groups'],
    },
    conformIdTokenClaims: env.PROVIDER_CLAIMS !== 'id_token',
    enabledJWA: { idTokenSigningAlgValues: Object.keys(keyOptions) },
    features: {
      devInteractions: { enabled: false },
      backchannelLogout: { enabled: true },
      rpInitiatedLogout: { enabled: true },
    },
    ttl: { AccessToken: 300, AuthorizationCode: 60, Grant: 3600, IdToken: 300, Interaction: 600, Session: 3600 },
    interactions: { url: (ctx, interaction) => `/sign-in/${interaction.uid}` },
    findAccount: (ctx, id) => (users[id] ? { accountId: id, claims: () => ({ sub: id, ...users[id] }) } : undefined),
    loadExistingGrant,
    // The relying party of a test is on loopback too, where the provider does not go otherwise.
    fetch: (url, { dispatcher, ...options }) => globalThis.fetch(url, options),
  };
}

async function loadExistingGrant(ctx) {
  const { client, session, provider, params } = ctx.oidc;
  const grant = new provider.Grant({ accountId: session.accountId, clientId: client.clientId });
  grant.addOIDCScope(params.scope);
  await grant.save();
  return grant;
}

async function signIn(provider, request, response) {
  const { uid, params } = await provider.interactionDetails(request, response);
  const who = request.method === 'POST' ? new URLSearchParams(await read(request)).get('who') : params.login_hint;
  if (users[who]) {
    const login = { accountId: who, amr: users[who].amr };
    await provider.interactionFinished(request, response, { login });
  } else if (who === 'nobody') {
    await provider.interactionFinished(request, response, { error: 'access_denied' });
  } else {
    const button = (name) => `<button name="who" value="${name}">${name}</button>`;
    response.setHeader('content-type', 'text/html; charset=utf-8');
    response.end(`<!doctype html><title>Sign in</title><h1>Who are you?</h1>
      <form method="post" action="/sign-in/${uid}">${[...Object.keys(users), 'nobody'].map(button).join('')}</form>`);
  }
}

async function read(request) {
  let text = '';
  for await (const some of request) text += some;
  return text;
}

const server = createServer({ cert: readFileSync(env.PROVIDER_CERT), key: readFileSync(env.PROVIDER_KEY) });
server.listen(Number(env.PROVIDER_PORT ?? 0), '127.0.0.1', () => {
  const issuer = `https://localhost:${server.address().port}`;
  const provider = new Provider(issuer, configuration());
  const rest = provider.callback();
  provider.on('server_error', (ctx, error) => console.error(error));
  server.on('request', (request, response) => {
    if (!request.url.startsWith('/sign-in/')) {
      rest(request, response);
      return;
    }
    signIn(provider, request, response).catch((error) => {
      console.error(error);
      response.writeHead(500).end();
    });
  });
  console.log(issuer);
});
process.stdin.on('end', () => process.exit()).resume();
