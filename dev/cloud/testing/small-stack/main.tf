# A little of everything that a base layer uses and plain moto answers badly. Applied by second-plan.engines.test.ts.
# Without public subnets, gateways and endpoints: the provider waits a minute for them, and moto has them right.
terraform {
  required_providers {
    aws = { source = "registry.opentofu.org/hashicorp/aws", version = "5.100.0" }
  }
  backend "s3" {
    bucket       = "lf-test-state"
    key          = "base/terraform.tfstate"
    region       = "eu-central-1"
    use_lockfile = true
    encrypt      = true
  }
}

provider "aws" {
  region            = "eu-central-1"
  s3_use_path_style = true
  default_tags { tags = { "landfall:install" = "test" } }
}

data "aws_caller_identity" "me" {}
data "aws_availability_zones" "zones" {}

resource "aws_vpc" "main" {
  cidr_block = "10.0.0.0/16"
}
resource "aws_subnet" "private" {
  count             = 3
  vpc_id            = aws_vpc.main.id
  cidr_block        = cidrsubnet("10.0.0.0/16", 4, count.index)
  availability_zone = data.aws_availability_zones.zones.names[count.index]
}
resource "aws_route_table" "private" { vpc_id = aws_vpc.main.id }
resource "aws_route_table_association" "private" {
  count          = 3
  subnet_id      = aws_subnet.private[count.index].id
  route_table_id = aws_route_table.private.id
}
resource "aws_kms_key" "main" {
  enable_key_rotation     = true
  rotation_period_in_days = 180
  deletion_window_in_days = 7
}
resource "aws_kms_alias" "main" {
  name          = "alias/lf-test"
  target_key_id = aws_kms_key.main.key_id
}
resource "aws_cloudwatch_log_group" "cluster" {
  name              = "/aws/eks/lf-test/cluster"
  retention_in_days = 30
}

resource "aws_eks_cluster" "main" {
  name                          = "lf-test"
  role_arn                      = "arn:aws:iam::123456789012:role/lf-test-cluster"
  version                       = "1.34"
  bootstrap_self_managed_addons = false
  enabled_cluster_log_types     = ["api", "audit"]
  access_config {
    authentication_mode                         = "API"
    bootstrap_cluster_creator_admin_permissions = false
  }
  encryption_config {
    provider { key_arn = aws_kms_key.main.arn }
    resources = ["secrets"]
  }
  vpc_config {
    subnet_ids              = aws_subnet.private[*].id
    endpoint_private_access = true
    endpoint_public_access  = false
  }
  upgrade_policy { support_type = "STANDARD" }
  depends_on = [aws_cloudwatch_log_group.cluster]
}
resource "aws_launch_template" "nodes" {
  name_prefix = "lf-test-"
  metadata_options {
    http_tokens                 = "required"
    http_put_response_hop_limit = 1
    http_endpoint               = "enabled"
  }
  tag_specifications {
    resource_type = "instance"
    tags          = { Name = "lf-test" }
  }
  tags = { Name = "lf-test-nodes" }
}
resource "aws_eks_node_group" "general" {
  cluster_name    = aws_eks_cluster.main.name
  node_group_name = "general"
  node_role_arn   = "arn:aws:iam::123456789012:role/lf-test-node"
  subnet_ids      = aws_subnet.private[*].id
  instance_types  = ["m6i.large"]
  ami_type        = "BOTTLEROCKET_x86_64"
  scaling_config {
    desired_size = 2
    min_size     = 2
    max_size     = 4
  }
  update_config { max_unavailable = 1 }
  launch_template {
    id      = aws_launch_template.nodes.id
    version = aws_launch_template.nodes.latest_version
  }
  labels = { pool = "general" }
}
resource "aws_eks_node_group" "plain" {
  cluster_name    = aws_eks_cluster.main.name
  node_group_name = "plain"
  node_role_arn   = "arn:aws:iam::123456789012:role/lf-test-node"
  subnet_ids      = aws_subnet.private[*].id
  scaling_config {
    desired_size = 1
    min_size     = 1
    max_size     = 1
  }
}
resource "aws_eks_access_entry" "install" {
  cluster_name  = aws_eks_cluster.main.name
  principal_arn = "arn:aws:iam::123456789012:role/lf-test-install"
}
resource "aws_eks_access_policy_association" "install" {
  cluster_name  = aws_eks_cluster.main.name
  principal_arn = aws_eks_access_entry.install.principal_arn
  policy_arn    = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy"
  access_scope { type = "cluster" }
}
resource "aws_eks_pod_identity_association" "runner" {
  cluster_name    = aws_eks_cluster.main.name
  namespace       = "landfall-system"
  service_account = "landfall-runner"
  role_arn        = "arn:aws:iam::123456789012:role/lf-test-runner"
}
data "aws_eks_addon_version" "agent" {
  addon_name         = "eks-pod-identity-agent"
  kubernetes_version = aws_eks_cluster.main.version
}
resource "aws_eks_addon" "agent" {
  cluster_name  = aws_eks_cluster.main.name
  addon_name    = "eks-pod-identity-agent"
  addon_version = data.aws_eks_addon_version.agent.version
}

resource "aws_ecr_repository" "runner" {
  name                 = "lf-test/landfall/runner"
  image_tag_mutability = "IMMUTABLE"
  force_delete         = true
  image_scanning_configuration { scan_on_push = true }
  encryption_configuration {
    encryption_type = "KMS"
    kms_key         = aws_kms_key.main.arn
  }
}

resource "aws_s3_bucket" "data" {
  bucket        = "lf-test-data"
  force_destroy = true
}
resource "aws_s3_bucket_versioning" "data" {
  bucket = aws_s3_bucket.data.id
  versioning_configuration { status = "Enabled" }
}
resource "aws_s3_bucket_server_side_encryption_configuration" "data" {
  bucket = aws_s3_bucket.data.id
  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm     = "aws:kms"
      kms_master_key_id = aws_kms_key.main.arn
    }
    bucket_key_enabled = true
  }
}
resource "aws_s3_bucket_public_access_block" "data" {
  bucket                  = aws_s3_bucket.data.id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}
resource "aws_s3_bucket_policy" "data" {
  bucket = aws_s3_bucket.data.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid = "TlsOnly", Effect = "Deny", Principal = "*", Action = "s3:*",
      Resource  = [aws_s3_bucket.data.arn, "${aws_s3_bucket.data.arn}/*"]
      Condition = { Bool = { "aws:SecureTransport" = "false" } }
    }]
  })
}
output "registry" { value = split("/", aws_ecr_repository.runner.repository_url)[0] }
output "issuer" { value = aws_eks_cluster.main.identity[0].oidc[0].issuer }
