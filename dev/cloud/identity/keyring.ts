import { randomBytes } from 'node:crypto';
import type { Credentials, Person, Principal, Session } from './principal.ts';

export type Key = { credentials: Credentials; principal: Principal };

/** Every access key of this cloud, and whose it is. Nothing else is a credential here. */
export class Keyring {
  readonly #keys = new Map<string, Key>();

  addPerson(person: Person): Credentials {
    return this.#add(person, { accessKeyId: accessKeyId('AKIA'), secretAccessKey: secret(30) });
  }

  addSession(session: Session): Required<Credentials> {
    const credentials = { accessKeyId: accessKeyId('ASIA'), secretAccessKey: secret(30), sessionToken: secret(96) };
    return this.#add(session, credentials);
  }

  find(id: string): Key | undefined {
    return this.#keys.get(id);
  }

  #add<C extends Credentials>(principal: Principal, credentials: C): C {
    this.#keys.set(credentials.accessKeyId, { credentials, principal });
    return credentials;
  }
}

const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

function accessKeyId(prefix: 'AKIA' | 'ASIA'): string {
  return prefix + uniqueSuffix();
}

/** 16 characters as AWS makes them in ids. */
export function uniqueSuffix(): string {
  return Array.from(randomBytes(16), (byte) => letters[byte % 32]).join('');
}

function secret(bytes: number): string {
  return randomBytes(bytes).toString('base64');
}
