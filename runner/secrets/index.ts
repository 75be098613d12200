export { awsSecretsManager } from './aws-secrets-manager.ts';
export { createKeptSecrets, type KeptSecrets, storedInputs } from './keep-secrets.ts';
export { createSecretMarks, type SecretMarks } from './secret-marks.ts';
