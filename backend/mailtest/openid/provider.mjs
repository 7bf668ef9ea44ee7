// The OpenID provider of the tests: oidc-provider, which is certified, on
// loopback. Its settings are one line of JSON, the first argument; it prints
// "listening" when it does and keeps everything in memory.
//
//   port      where to listen
//   keys      folder for the public key, as Dovecot looks it up
//   domain    of the users' addresses: whoever signs in as NAME is NAME@domain
//   lifetime  of access tokens, in seconds
import { generateKeyPairSync } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { Provider } from 'oidc-provider';

const { port, keys, domain, lifetime } = JSON.parse(process.argv[2]);
const issuer = `http://127.0.0.1:${port}`;
const kid = 'mailtest';
const scope = 'mail';

const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const folder = join(keys, 'default', 'RS256');
mkdirSync(folder, { recursive: true });
writeFileSync(join(folder, kid), publicKey.export({ type: 'spki', format: 'pem' }));

const nameOf = (account) => account.split('@')[0];

const provider = new Provider(issuer, {
  jwks: { keys: [{ ...privateKey.export({ format: 'jwk' }), kid, alg: 'RS256', use: 'sig' }] },
  clients: [
    {
      client_id: 'waxwing-test',
      token_endpoint_auth_method: 'none',
      application_type: 'native', // any port of a loopback redirect is accepted
      redirect_uris: ['http://127.0.0.1/', 'http://localhost/'],
      grant_types: [
        'authorization_code',
        'refresh_token',
        'urn:ietf:params:oauth:grant-type:device_code',
      ],
      response_types: ['code'],
    },
  ],
  pkce: { required: () => true },
  scopes: ['openid', 'offline_access', 'email', scope],
  claims: { openid: ['sub'], email: ['email', 'email_verified'] },
  findAccount: (_, id) => ({
    accountId: id,
    claims: () => ({ sub: id, email: `${nameOf(id)}@${domain}`, email_verified: true }),
  }),
  conformIdTokenClaims: false, // the e-mail address is in the ID token, too
  // Dovecot takes the user's name from here.
  extraTokenClaims: (_, token) =>
    token.accountId ? { preferred_username: nameOf(token.accountId) } : {},
  cookies: { keys: ['mailtest'] },
  ttl: {
    AccessToken: lifetime,
    DeviceCode: 600,
    Grant: 86400,
    IdToken: 3600,
    Interaction: 3600,
    RefreshToken: 86400,
    Session: 86400,
  },
  rotateRefreshToken: true,
  issueRefreshToken: () => true,
  features: {
    deviceFlow: { enabled: true },
    devInteractions: { enabled: true },
    revocation: { enabled: true },
    resourceIndicators: {
      enabled: true,
      defaultResource: () => 'urn:mailtest:mail',
      useGrantedResource: () => true,
      getResourceServerInfo: () => ({
        scope,
        audience: 'mail',
        accessTokenFormat: 'jwt',
        accessTokenTTL: lifetime,
        jwt: { sign: { alg: 'RS256', kid } },
      }),
    },
  },
  formats: {
    customizers: {
      // Dovecot wants to see the type that RFC 7519 §5.1 names, not at+jwt.
      jwt: (_, __, parts) => {
        parts.header = { ...parts.header, typ: 'JWT' };
        return parts;
      },
    },
  },
});

// What people consented to, so that it can be taken back.
const grants = new Set();
provider.on('refresh_token.saved', ({ grantId }) => grants.add(grantId));

// Requests are counted before they are answered. One tells the counts, one
// takes back every consent so far, as a person does in the account's settings.
const counts = {};
provider.use(async (ctx, next) => {
  if (ctx.path === '/mailtest/requests') {
    ctx.body = counts;
    return;
  }
  if (ctx.path === '/mailtest/revoke') {
    for (const id of grants) await (await provider.Grant.find(id))?.destroy();
    ctx.body = 'revoked';
    return;
  }
  const request = `${ctx.method} ${ctx.path}`;
  counts[request] = (counts[request] ?? 0) + 1;
  await next();
  console.log(`${request} ${ctx.status}`);
});

createServer(provider.callback()).listen(port, '127.0.0.1', () => console.log('listening'));
