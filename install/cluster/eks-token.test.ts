import { expect, it } from 'vitest';
import { systemClock } from '../../contract/index.ts';
import { createEksToken } from './eks-token.ts';

const options = {
  clock: { ...systemClock, now: () => new Date('2030-01-31T12:00:00Z') },
  clusterName: 'lf-acme',
  region: 'eu-central-1',
  credentials: { accessKeyId: 'AKIAEXAMPLE', secretAccessKey: 'a-secret-access-key', sessionToken: 'a+session/token=' },
};
const urlOf = (token: string): URL => new URL(Buffer.from(token.slice('k8s-aws-v1.'.length), 'base64url').toString());

it('is a presigned GetCallerIdentity whose signature covers the cluster’s name', async () => {
  const token = await createEksToken(options);
  expect(token).toMatch(/^k8s-aws-v1\.[A-Za-z0-9_-]+$/);
  const { hostname, searchParams } = urlOf(token);
  expect(hostname).toBe('sts.eu-central-1.amazonaws.com');
  expect(Object.fromEntries(searchParams)).toMatchObject({
    Action: 'GetCallerIdentity',
    'X-Amz-SignedHeaders': 'host;x-k8s-aws-id',
    'X-Amz-Date': '20300131T120000Z',
    'X-Amz-Credential': 'AKIAEXAMPLE/20300131/eu-central-1/sts/aws4_request',
    'X-Amz-Security-Token': 'a+session/token=',
  });
});

it('is another one for another cluster, and holds no secret key', async () => {
  const token = await createEksToken(options);
  const other = await createEksToken({ ...options, clusterName: 'lf-other' });
  expect(urlOf(other).searchParams.get('X-Amz-Signature')).not.toBe(urlOf(token).searchParams.get('X-Amz-Signature'));
  expect(urlOf(token).href).not.toContain('a-secret-access-key');
});

it('is signed for the endpoint that AWS is at', async () => {
  expect(urlOf(await createEksToken({ ...options, awsEndpointUrl: 'http://127.0.0.1:5000' })).host).toBe(
    '127.0.0.1:5000',
  );
});
