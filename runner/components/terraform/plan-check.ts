import { LandfallError } from '../../../contract/index.ts';
import type { TofuPlanDocument } from '../../../engines/index.ts';

/** Resources that hold a customer's data: no release of a vendor destroys them through the runner. Prefixes of resource types. */
const holdsData = [
  'aws_s3_bucket',
  'aws_db_',
  'aws_rds_',
  'aws_dynamodb_table',
  'aws_efs_file_system',
  'aws_ebs_volume',
  'aws_elasticache_',
  'aws_msk_',
  'aws_opensearch_',
  'aws_kinesis_stream',
  'aws_sqs_queue',
  'aws_kms_key',
  'aws_secretsmanager_secret',
  'aws_ecr_repository',
];

/** `aws_s3_bucket_versioning` and its like are settings, not the bucket: only the exact type counts where a name is no family (`_`). */
function isDataStore(type: string): boolean {
  return holdsData.some((name) => (name.endsWith('_') ? type.startsWith(name) : type === name));
}

/** Refuses (LF-RUNNER-010) a plan that deletes or replaces a data store. */
export function checkPlan(component: string, plan: Pick<TofuPlanDocument, 'resourceChanges'>): void {
  const lost = plan.resourceChanges.filter(
    (change) => change.mode === 'managed' && change.change.actions.includes('delete') && isDataStore(change.type),
  );
  if (lost.length === 0) return;
  const addresses = lost.map((change) => change.address).join(', ');
  throw new LandfallError('LF-RUNNER-010', `the plan of ${component} would destroy ${addresses}; nothing was applied`);
}
