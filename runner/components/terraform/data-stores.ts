/**
 * Resources that hold a customer's data: deleted only together with the whole component. Names that end in `*` are families; of others only the very type
 * counts: `aws_s3_bucket_versioning` is a setting. Not whole, nor can it be: see `holdsNothing` for what is on neither list.
 */
const dataStores = [
  ...['aws_s3_bucket', 'aws_s3_directory_bucket', 'aws_s3tables_*', 'aws_lightsail_bucket', 'aws_glacier_vault'],
  ...['aws_db_*', 'aws_rds_*', 'aws_dsql_cluster', 'aws_lightsail_database', 'aws_qldb_ledger'],
  ...['aws_docdb_cluster', 'aws_docdb_cluster_snapshot', 'aws_docdb_global_cluster', 'aws_docdbelastic_cluster'],
  ...['aws_neptune_cluster', 'aws_neptune_cluster_snapshot', 'aws_neptune_global_cluster', 'aws_neptunegraph_graph'],
  ...['aws_redshift_cluster', 'aws_redshift_cluster_snapshot', 'aws_redshiftserverless_namespace'],
  ...['aws_dynamodb_table', 'aws_dynamodb_global_table', 'aws_keyspaces_*', 'aws_timestream*'],
  ...['aws_elasticache_*', 'aws_memorydb_cluster', 'aws_memorydb_multi_region_cluster', 'aws_memorydb_snapshot'],
  ...['aws_opensearch_*', 'aws_opensearchserverless_collection', 'aws_elasticsearch_domain'],
  ...['aws_efs_file_system', 'aws_fsx_*', 'aws_ebs_volume', 'aws_ebs_snapshot', 'aws_lightsail_disk'],
  ...['aws_backup_vault', 'aws_backup_logically_air_gapped_vault'],
  ...['aws_msk_*', 'aws_kinesis_stream', 'aws_kinesis_video_stream', 'aws_sqs_queue', 'aws_mq_broker'],
  ...['aws_kms_key', 'aws_kms_replica_key', 'aws_secretsmanager_secret', 'aws_cognito_user_pool'],
  ...['aws_ecr_repository', 'aws_ecrpublic_repository', 'aws_codecommit_repository'],
  ...['azurerm_storage_account', 'azurerm_storage_container', 'azurerm_storage_share', 'azurerm_storage_table'],
  ...['azurerm_storage_queue', 'azurerm_storage_data_lake_gen2_filesystem', 'azurerm_managed_disk', 'azurerm_netapp_*'],
  ...['azurerm_mssql_*', 'azurerm_sql_server', 'azurerm_sql_database', 'azurerm_postgresql_*', 'azurerm_mysql_*'],
  ...['azurerm_mariadb_server', 'azurerm_mariadb_database', 'azurerm_cosmosdb_*', 'azurerm_kusto_cluster'],
  ...['azurerm_kusto_database', 'azurerm_synapse_workspace', 'azurerm_synapse_sql_pool', 'azurerm_redis_cache'],
  ...['azurerm_redis_enterprise_cluster', 'azurerm_redis_enterprise_database', 'azurerm_managed_redis'],
  ...['azurerm_eventhub', 'azurerm_eventhub_namespace', 'azurerm_servicebus_namespace', 'azurerm_servicebus_queue'],
  ...['azurerm_servicebus_topic', 'azurerm_servicebus_subscription', 'azurerm_key_vault', 'azurerm_container_registry'],
  ...['azurerm_recovery_services_vault', 'azurerm_data_protection_backup_vault'],
  ...['google_storage_bucket', 'google_compute_disk', 'google_compute_region_disk', 'google_filestore_instance'],
  ...['google_sql_database', 'google_sql_database_instance', 'google_alloydb_cluster', 'google_alloydb_instance'],
  ...['google_spanner_instance', 'google_spanner_database', 'google_bigtable_instance', 'google_bigtable_table'],
  ...['google_bigquery_dataset', 'google_bigquery_table', 'google_firestore_database', 'google_redis_instance'],
  ...['google_redis_cluster', 'google_pubsub_topic', 'google_pubsub_subscription', 'google_netapp_*'],
  ...['google_kms_key_ring', 'google_kms_crypto_key', 'google_secret_manager_secret'],
  ...['google_artifact_registry_repository'],
  ...['kubernetes_persistent_volume*'],
];

/**
 * Resources that are nothing but what a plan says of them: made again, they are the same. Networks, rights, entries, what routes and what alarms. Left out is
 * what others may have put something into (a log group, a namespace, a resource group, a DNS zone), and machines, which have disks.
 */
const holdsNothingOfItsOwn = [
  ...['terraform_data', 'null_resource', 'random_id', 'random_integer', 'random_pet', 'random_shuffle'],
  ...['random_string', 'random_uuid', 'time_*'],
  ...['aws_vpc', 'aws_vpc_*', 'aws_subnet', 'aws_route', 'aws_route_table', 'aws_route_table_association'],
  ...['aws_main_route_table_association', 'aws_internet_gateway', 'aws_internet_gateway_attachment'],
  ...['aws_egress_only_internet_gateway', 'aws_nat_gateway', 'aws_network_acl', 'aws_network_acl_rule'],
  ...['aws_network_interface', 'aws_security_group', 'aws_security_group_rule', 'aws_ec2_tag', 'aws_eip_association'],
  ...['aws_ec2_transit_gateway_vpc_attachment', 'aws_route53_record', 'aws_route53_zone_association'],
  ...['aws_lb', 'aws_lb_*', 'aws_alb', 'aws_alb_*', 'aws_autoscaling_policy', 'aws_autoscaling_schedule'],
  ...['aws_appautoscaling_*', 'aws_launch_template', 'aws_placement_group'],
  ...['aws_iam_role', 'aws_iam_role_*', 'aws_iam_policy', 'aws_iam_policy_attachment', 'aws_iam_instance_profile'],
  ...['aws_iam_group_policy', 'aws_iam_group_policy_attachment', 'aws_iam_openid_connect_provider'],
  ...['aws_iam_user_policy', 'aws_iam_user_policy_attachment'],
  ...['aws_eks_access_entry', 'aws_eks_access_policy_association', 'aws_eks_pod_identity_association'],
  ...['aws_eks_fargate_profile', 'aws_ecs_service', 'aws_ecs_task_definition'],
  ...['aws_lambda_alias', 'aws_lambda_event_source_mapping', 'aws_lambda_permission'],
  ...['aws_cloudwatch_metric_alarm', 'aws_cloudwatch_composite_alarm', 'aws_cloudwatch_dashboard'],
  ...['aws_cloudwatch_event_rule', 'aws_cloudwatch_event_target', 'aws_scheduler_schedule'],
  ...['aws_sns_topic_subscription', 'aws_kms_alias', 'aws_kms_grant', 'aws_wafv2_web_acl_association'],
  ...['azurerm_virtual_network', 'azurerm_virtual_network_peering', 'azurerm_subnet', 'azurerm_subnet_*'],
  ...['azurerm_network_security_group', 'azurerm_network_security_rule', 'azurerm_network_interface'],
  ...['azurerm_network_interface_*', 'azurerm_public_ip', 'azurerm_nat_gateway', 'azurerm_nat_gateway_*'],
  ...['azurerm_route', 'azurerm_route_table', 'azurerm_lb', 'azurerm_lb_*', 'azurerm_private_endpoint'],
  ...['azurerm_private_dns_zone_virtual_network_link', 'azurerm_role_assignment', 'azurerm_role_definition'],
  ...['azurerm_user_assigned_identity', 'azurerm_federated_identity_credential'],
  ...['azurerm_monitor_action_group', 'azurerm_monitor_metric_alert', 'azurerm_monitor_diagnostic_setting'],
  ...['google_compute_network', 'google_compute_subnetwork', 'google_compute_firewall', 'google_compute_route'],
  ...['google_compute_router', 'google_compute_router_nat', 'google_compute_health_check'],
  ...['google_compute_forwarding_rule', 'google_project_iam_binding', 'google_project_iam_member'],
  ...['google_service_account_iam_binding', 'google_service_account_iam_member'],
  ...['kubernetes_role', 'kubernetes_role_*', 'kubernetes_cluster_role', 'kubernetes_cluster_role_*'],
  ...['kubernetes_service', 'kubernetes_service_v1', 'kubernetes_service_account', 'kubernetes_service_account_v1'],
  ...['kubernetes_network_policy', 'kubernetes_network_policy_v1', 'kubernetes_ingress', 'kubernetes_ingress_v1'],
  ...['kubernetes_deployment', 'kubernetes_deployment_v1', 'kubernetes_horizontal_pod_autoscaler*'],
];

const isOneOf = (type: string, names: readonly string[]): boolean =>
  names.some((name) => (name.endsWith('*') ? type.startsWith(name.slice(0, -1)) : type === name));

export const isDataStore = (type: string): boolean => isOneOf(type, dataStores);

/** Known to hold nothing. What no list knows may hold something: there are thousands of types, and more each week. */
export const holdsNothing = (type: string): boolean => isOneOf(type, holdsNothingOfItsOwn) && !isDataStore(type);
