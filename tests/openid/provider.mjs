// `oidc-provider`, mounted where Keydesk looks for a tenant's login service, with the two claims
// Microsoft adds: tid and oid. Everything else is as the package does it: the sign-in and consent
// pages, PKCE, nonce, signatures, rotation and reuse detection of refresh tokens, device codes.
//   node provider.mjs FILE      writes address, tenant and client id to FILE as JSON once it answers
import { rename, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { randomUUID } from 'node:crypto';
import Provider from 'oidc-provider';

const file = process.argv[2];
const tenant = randomUUID();
const client = randomUUID();
const prefix = `/${tenant}/v2.0`;
const people = {
  petra: { oid: '7d1f0e4a-0001-4000-8000-000000000001', name: 'Petra Lindqvist' },
  omar: { oid: '7d1f0e4a-0002-4000-8000-000000000002', name: 'Omar Haddad' },
};

const server = createServer();
server.listen(0, '127.0.0.1', async () => {
  const url = `http://127.0.0.1:${server.address().port}`;
  const provider = new Provider(url + prefix, {
    clients: [{
      client_id: client,
      application_type: 'native',
      redirect_uris: ['http://localhost'],
      response_types: ['code'],
      grant_types: ['authorization_code', 'refresh_token', 'urn:ietf:params:oauth:grant-type:device_code'],
      token_endpoint_auth_method: 'none',
      require_auth_time: true,
    }],
    // Entra puts what was asked for into the id token itself.
    conformIdTokenClaims: false,
    claims: { openid: ['sub', 'tid', 'oid'], profile: ['name', 'preferred_username'] },
    findAccount: (_, id) => ({
      accountId: id,
      claims: () => ({
        sub: id,
        tid: tenant,
        oid: people[id]?.oid ?? randomUUID(),
        name: people[id]?.name ?? id,
        preferred_username: `${id}@larkfield.example`,
      }),
    }),
    pkce: { required: () => true },
    // As Entra does, and not only after a consent that was asked for by name.
    issueRefreshToken: (_, of) => of.grantTypeAllowed('refresh_token'),
    // Nor does it end with the browser's session.
    expiresWithSession: () => false,
    features: { deviceFlow: { enabled: true } },
    cookies: { keys: [randomUUID()] },
  });
  const answer = provider.callback();
  server.on('request', (request, response) => {
    if (!request.url.startsWith(`${prefix}/`)) {
      response.writeHead(404).end();
      return;
    }
    request.originalUrl = request.url;
    request.url = request.url.slice(prefix.length);
    answer(request, response);
  });
  await writeFile(`${file}.new`, JSON.stringify({ url, tenant, client }));
  await rename(`${file}.new`, file);
});
