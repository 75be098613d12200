import { randomBytes, webcrypto } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import { join } from 'node:path';
import { loadX509 } from './load-x509.ts';

/** A certificate chain of one and its private key (PKCS#8), as PEM. */
export type KeyPair = { certificatePem: string; keyPem: string };

export type CertificateRequest = {
  commonName: string;
  /** Kubernetes reads groups from the subject's organisations. */
  organizations?: string[];
  /** DNS names and IP addresses, mixed. */
  hosts?: string[];
  usage: 'server' | 'client' | 'both';
};

/** The world's one certificate authority. Its key lives in memory only. */
export type Authority = {
  certificatePem: string;
  certificatePath: string;
  issue(request: CertificateRequest): Promise<KeyPair>;
};

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const day = 24 * 60 * 60 * 1000;

export async function createAuthority(dir: string, now: () => Date = () => new Date()): Promise<Authority> {
  const x509 = await loadX509();
  const validity = () => ({
    notBefore: new Date(now().getTime() - day),
    notAfter: new Date(now().getTime() + 365 * day),
  });
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const root = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: randomBytes(8).toString('hex'),
    name: [{ CN: ['landfall world'] }],
    ...validity(),
    signingAlgorithm: algorithm,
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(true, 1, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  const certificatePem = `${root.toString('pem')}\n`;
  await mkdir(dir, { recursive: true });
  const certificatePath = join(dir, 'ca.crt');
  await writeFile(certificatePath, certificatePem);

  const issue = async (request: CertificateRequest): Promise<KeyPair> => {
    const leaf = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
    const { serverAuth, clientAuth } = x509.ExtendedKeyUsage;
    const usages = { server: [serverAuth], client: [clientAuth], both: [serverAuth, clientAuth] }[request.usage];
    const names = (request.hosts ?? []).map((value) => ({
      type: isIP(value) === 0 ? ('dns' as const) : ('ip' as const),
      value,
    }));
    const certificate = await x509.X509CertificateGenerator.create({
      serialNumber: randomBytes(8).toString('hex'),
      subject: [{ CN: [request.commonName] }, ...(request.organizations ?? []).map((name) => ({ O: [name] }))],
      issuer: root.subject,
      ...validity(),
      signingAlgorithm: algorithm,
      publicKey: leaf.publicKey,
      signingKey: keys.privateKey,
      extensions: [
        new x509.BasicConstraintsExtension(false, undefined, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
        new x509.ExtendedKeyUsageExtension(usages),
        await x509.AuthorityKeyIdentifierExtension.create(keys.publicKey),
        ...(names.length > 0 ? [new x509.SubjectAlternativeNameExtension(names)] : []),
      ],
    });
    const pkcs8 = await webcrypto.subtle.exportKey('pkcs8', leaf.privateKey);
    return {
      certificatePem: `${certificate.toString('pem')}\n`,
      keyPem: `${x509.PemConverter.encode(pkcs8, 'PRIVATE KEY')}\n`,
    };
  };
  return { certificatePem, certificatePath, issue };
}
