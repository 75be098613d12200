/** Resources that hold a customer's data. Names that end in `_` are families; of others only the very type counts: `aws_s3_bucket_versioning` is a setting. */
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
  'azurerm_storage_account',
  'azurerm_storage_container',
  'azurerm_key_vault',
  'azurerm_managed_disk',
  'azurerm_mssql_',
  'azurerm_postgresql_',
  'azurerm_mysql_',
  'azurerm_cosmosdb_',
  'azurerm_eventhub',
  'azurerm_container_registry',
];

export function isDataStore(type: string): boolean {
  return holdsData.some((name) => (name.endsWith('_') ? type.startsWith(name) : type === name));
}
