import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { LandfallError } from '../../contract/index.ts';
import type { Place } from '../../stacks/index.ts';

/** Where a stack's state lies until there is a bucket for it, in the folder that OpenTofu is run in. */
export const localStateFile = 'terraform.tfstate';

const stateSchema = z.object({
  resources: z
    .array(
      z.object({
        mode: z.string(),
        instances: z.array(
          z.object({
            attributes: z
              .looseObject({
                arn: z.string().nullish(),
                tags_all: z.record(z.string(), z.string().nullable()).nullish(),
              })
              .nullish(),
          }),
        ),
      }),
    )
    .default([]),
});

/** Whose things a state holds. `unnamed`: nothing in it says so. */
export type StateOwner = 'nobody' | 'this install' | 'another install' | 'several installs' | 'unnamed';

/**
 * By what the things say themselves: the tag that both stacks put on whatever takes one, and the account in their ARNs. While an
 * apply goes on the file may be empty, since OpenTofu writes it in place: then it is nobody's yet, and no engine takes half of one.
 */
export function ownerOfState(raw: string, { installId, accountId }: Place): StateOwner {
  const things = resourcesIn(raw).flatMap(({ mode, instances }) =>
    mode === 'managed' ? instances.map(({ attributes }) => attributes) : [],
  );
  if (things.length === 0) return 'nobody';
  const installs = things.flatMap((thing) => thing?.tags_all?.['landfall:install'] ?? []);
  const accounts = things.flatMap((thing) => /^arn(?::[^:]*){3}:(\d{12}):/.exec(thing?.arn ?? '')?.[1] ?? []);
  const ours = installs.every((each) => each === installId) && accounts.every((each) => each === accountId);
  if (ours) return installs.length > 0 && accounts.length > 0 ? 'this install' : 'unnamed';
  return installs.includes(installId) && accounts.includes(accountId) ? 'several installs' : 'another install';
}

function resourcesIn(raw: string): z.infer<typeof stateSchema>['resources'] {
  try {
    return stateSchema.safeParse(JSON.parse(raw)).data?.resources ?? [];
  } catch {
    return [];
  }
}

/** The state beside the configuration, if there is one. */
export function readLocalState(dir: string): Promise<string | undefined> {
  return readFile(join(dir, localStateFile), 'utf8').catch(() => undefined);
}

/** Refuses (LF-INSTALL-013) a folder with the state of another install: what is run there would take that one's things away. */
export async function requireOwnState(dir: string, place: Place): Promise<void> {
  const raw = await readLocalState(dir);
  const path = join(dir, localStateFile);
  const owner = raw === undefined ? 'nobody' : ownerOfState(raw, place);
  if (owner === 'another install' || owner === 'several installs') throw notOf(path, owner, place);
}

/** The refusal for a person. */
export function notOf(path: string, owner: StateOwner, { installId, accountId }: Place): LandfallError {
  const holds = owner === 'unnamed' ? 'does not say which install it is of' : `holds things of ${owner}`;
  return new LandfallError(
    'LF-INSTALL-013',
    `${path} ${holds}, so nothing was done by it for install ${installId} of account ${accountId}`,
  );
}
