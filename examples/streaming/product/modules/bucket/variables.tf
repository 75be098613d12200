variable "name" {
  description = "Name of the bucket; unique among all of AWS."
  type        = string
}

variable "policy_name" {
  description = "Name of the policy that allows writing to the bucket."
  type        = string
}

variable "region" {
  type = string
}
