import { expect, it } from 'vitest';
import { confirmAccount } from './identity.ts';

it('says that AWS did not answer, and that the same command may succeed later', async () => {
  const place = { installId: 'acme', accountId: '123456789012', region: 'eu-central-1' };
  // Nothing listens on port 1.
  const context = { awsEndpointUrl: 'http://127.0.0.1:1' };
  const asked = confirmAccount(context, place, { accessKeyId: 'x', secretAccessKey: 'y' });
  await expect(asked).rejects.toMatchObject({ code: 'LF-INSTALL-011', temporary: true });
});
