import type { OwnBranch } from '../own-branch.ts';
import type { PlanChange } from '../../components/terraform/plan-change.ts';
import { ask, cut, fine, type Opinion, removes, type Rule } from './rule.ts';

/** Where the states, the images and the keys are. */
export const dataRules: readonly Rule[] = [
  { types: ['aws_kms_alias', 'aws_kms_key', 'aws_kms_key_policy', 'aws_kms_replica_key'], look: key },
  { types: ['aws_ecr_repository'], look: repository },
  { types: ['aws_ecr_lifecycle_policy'], look: () => ask('images that are in use could expire') },
];

export const isBucket = (type: string): boolean => type.startsWith('aws_s3_');

/** The base layer has no bucket. A name that is not known yet can become the state bucket's all the same. */
export function bucket(change: PlanChange, own: OwnBranch): Opinion {
  const names = ['bucket', 'id'].flatMap((path) => [change.before(path), change.after(path)]);
  if (names.includes(own.stateBucket)) return cut('the state bucket holds every state and is only the customer’s');
  const isSetting = change.type !== 'aws_s3_bucket';
  if (isSetting && change.unknown('bucket')) return cut('it is not known whose bucket it is about');
  return ask(`a bucket, or a setting of one, would be ${removes(change) ? 'deleted' : 'made or changed'}`);
}

function key(change: PlanChange, own: OwnBranch): Opinion {
  const names = ['arn', 'key_id', 'target_key_arn', 'target_key_id', 'name'].flatMap((path) =>
    [change.before(path), change.after(path)].filter((value) => typeof value === 'string'),
  );
  const id = own.stateKeyArn?.split('/').at(-1);
  const stateKey = names.some(
    (name) => name === `alias/${own.prefix}-state` || (id !== undefined && name.endsWith(id)),
  );
  if (stateKey) return cut("the states are encrypted with this key, which is the account stack's");
  return change.verb === 'create' && change.type !== 'aws_kms_key_policy'
    ? fine
    : ask('a key, or who may use it, would change');
}

function repository(change: PlanChange): Opinion {
  if (removes(change)) return ask('the repository and every image in it would be deleted');
  const mutable = change.after('image_tag_mutability') !== 'IMMUTABLE' || change.unknown('image_tag_mutability');
  if (mutable) return ask('what a tag names could be exchanged');
  return change.after('force_delete') === true ? ask('it could be deleted with the images in it') : fine;
}
