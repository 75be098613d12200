import { LandfallError, type Permission } from '../../../contract/index.ts';
import type { Statement } from '../statement.ts';

const known = ['prefix', 'account', 'region', 'partition'];

/** The release's statements; its placeholders are filled in by the renderer, and a placeholder of ours that is not for releases is refused. */
export function productStatements(permissions: readonly Permission[]): Statement[] {
  return permissions.map((permission) => {
    for (const resource of permission.resources) {
      for (const [, name = ''] of resource.matchAll(/\$\{([^}]*)\}/g)) {
        if (known.includes(name)) continue;
        throw new LandfallError(
          'LF-STACKS-003',
          `permission ${permission.sid} uses \${${name}}; known are ${known.join(', ')}`,
        );
      }
    }
    return {
      sid: permission.sid,
      effect: 'Allow',
      actions: permission.actions,
      resources: permission.resources,
      reason: permission.reason,
      phases: ['run'],
    };
  });
}
