import type { DesiredTerraform } from '../../components/desired.ts';
import type { ComponentRecord } from '../../components/record.ts';
import type { SecretVariables } from '../../components/terraform/secret-variables.ts';
import type { Work } from '../component-kind.ts';
import type { StoredDocument } from '../memory/stored-document.ts';

/** What one component is settled with. */
export type TerraformRun = {
  work: Work;
  desired: DesiredTerraform;
  secrets: SecretVariables;
  document: StoredDocument<ComponentRecord>;
};
