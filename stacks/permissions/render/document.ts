import { LandfallError } from '../../../contract/index.ts';
import { splitPlaceholders, type Placeholder } from '../placeholders.ts';
import type { Statement } from '../statement.ts';
import type { Trust } from '../trusts.ts';

/** IAM's limit for a managed policy, whitespace not counted. */
const longestPolicy = 6144;

/** How a renderer writes literal text and a placeholder, inside a JSON string. */
export type Style = { literal: (text: string) => string; placeholder: (name: Placeholder) => string };

/** The policy's JSON, one line, its strings written in the style. */
export function policyJson(statements: readonly Statement[], style: Style): string {
  return write(
    {
      Version: '2012-10-17',
      Statement: statements.map((statement) => ({
        Sid: statement.sid,
        Effect: statement.effect,
        Action: [...statement.actions].sort(),
        ...(statement.resources === undefined ? {} : { Resource: statement.resources }),
        ...(statement.notResources === undefined ? {} : { NotResource: statement.notResources }),
        ...(statement.conditions === undefined ? {} : { Condition: statement.conditions }),
      })),
    },
    style,
  );
}

export function trustJson(trust: Trust, style: Style): string {
  return write(
    {
      Version: '2012-10-17',
      Statement: [
        {
          Effect: 'Allow',
          Principal: 'aws' in trust.principal ? { AWS: trust.principal.aws } : { Service: trust.principal.service },
          Action: trust.actions.length === 1 ? trust.actions[0] : trust.actions,
          ...(trust.conditions === undefined ? {} : { Condition: trust.conditions }),
        },
      ],
    },
    style,
  );
}

export function refuseLongerThanIam(name: string, json: string): void {
  if (json.length <= longestPolicy) return;
  throw new LandfallError('LF-STACKS-002', `policy ${name} has ${json.length} characters; IAM takes ${longestPolicy}`);
}

/** Strings are split before they are quoted, so that no quote of theirs can end the JSON string around a placeholder. */
function write(value: unknown, style: Style): string {
  if (typeof value === 'string') return `"${inside(value, style)}"`;
  if (Array.isArray(value)) return `[${value.map((item) => write(item, style)).join(',')}]`;
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value).map(([key, item]) => `"${inside(key, style)}":${write(item, style)}`);
    return `{${entries.join(',')}}`;
  }
  return JSON.stringify(value);
}

function inside(text: string, style: Style): string {
  return splitPlaceholders(text)
    .map((piece) =>
      'literal' in piece
        ? style.literal(JSON.stringify(piece.literal).slice(1, -1))
        : style.placeholder(piece.placeholder),
    )
    .join('');
}
