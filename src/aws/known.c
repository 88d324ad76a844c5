/* known.c -- the services that clients may ask for, so that one which is not built is named. */
#include "aws/wire_parts.h"

#define JSON(service, signing, target) \
    { .name = STR_CONST(service), .signing_name = STR_CONST(signing), .target_prefix = STR_CONST(target), \
      .protocol = PROTOCOL_JSON }
#define REST(service, signing) \
    { .name = STR_CONST(service), .signing_name = STR_CONST(signing), .protocol = PROTOCOL_REST_JSON }
#define QUERY(service, signing, api_version, target) \
    { .name = STR_CONST(service), .signing_name = STR_CONST(signing), .target_prefix = STR_CONST(target), \
      .version = STR_CONST(api_version), .protocol = PROTOCOL_QUERY }

const KnownService known_services[] = {
    JSON("states", "states", "AWSStepFunctions"),
    JSON("events", "events", "AWSEvents"),
    REST("scheduler", "scheduler"),
    REST("pipes", "pipes"),
    REST("lambda", "lambda"),
    QUERY("sqs", "sqs", "2012-11-05", "AmazonSQS"),
    QUERY("sns", "sns", "2010-03-31", ""),
    { .name = STR_CONST("s3"), .signing_name = STR_CONST("s3"), .protocol = PROTOCOL_REST_XML },
    JSON("dynamodb", "dynamodb", "DynamoDB_20120810"),
    JSON("dynamodbstreams", "dynamodb", "DynamoDBStreams_20120810"),
    JSON("kinesis", "kinesis", "Kinesis_20131202"),
    JSON("firehose", "firehose", "Firehose_20150804"),
    JSON("logs", "logs", "Logs_20140328"),
    QUERY("cloudwatch", "monitoring", "2010-08-01", "GraniteServiceVersion20100801"),
    JSON("ecs", "ecs", "AmazonEC2ContainerServiceV20141113"),
    JSON("glue", "glue", "AWSGlue"),
    JSON("emr", "elasticmapreduce", "ElasticMapReduce"),
    JSON("redshift-data", "redshift-data", "RedshiftData"),
    JSON("athena", "athena", "AmazonAthena"),
    REST("mwaa", "airflow"),
    JSON("ssm", "ssm", "AmazonSSM"),
    JSON("secretsmanager", "secretsmanager", "secretsmanager"),
    QUERY("sts", "sts", "2011-06-15", ""),
    QUERY("iam", "iam", "2010-05-08", ""),
    QUERY("ses", "ses", "2010-12-01", ""),
    REST("sesv2", "ses"),
    REST("apigateway", "apigateway"),
    REST("apigatewayv2", "apigateway"),
    JSON("transfer", "transfer", "TransferService"),
    JSON("dms", "dms", "AmazonDMSv20160101"),
    QUERY("rds", "rds", "2014-10-31", ""),
    REST("rds-data", "rds-data"),
    REST("iot-data", "iotdata"),
    REST("quicksight", "quicksight"),
    QUERY("elasticache", "elasticache", "2015-02-02", ""),
    QUERY("cloudformation", "cloudformation", "2010-05-15", ""),
};
const size_t known_service_count = sizeof known_services / sizeof *known_services;
