/* result_shapes.c -- what services answer, as state machines see it.
 *
 * A row is a resource without its partition and "states:::", and the members of its answer:
 *
 *     Name! s     a text that has to be there       Name n>=128      a number, not less than that
 *     Name b      a boolean                         Name e(A|B)      one of these texts
 *     Name {...}  an object with members            Name [x]         an array of x
 *     Name *      anything
 *
 * Members that a row does not name may be anything: services learn new ones. Resources without a row are not checked. */
#include "play/result_shapes.h"

#define EXECUTION \
    "ExecutionArn! s StateMachineArn! s Name s Status! e(RUNNING|SUCCEEDED|FAILED|TIMED_OUT|ABORTED|PENDING_REDRIVE) " \
    "StartDate! s StopDate s Input * InputDetails {Included b} Output * OutputDetails {Included b} TraceHeader s MapRunArn s " \
    "Error s Cause s StateMachineVersionArn s StateMachineAliasArn s RedriveCount n RedriveStatus s RedriveDate s"
#define OBJECT_HEAD \
    "AcceptRanges s ArchiveStatus e(ARCHIVE_ACCESS|DEEP_ARCHIVE_ACCESS) CacheControl s ContentDisposition s ContentEncoding s " \
    "ContentLanguage s ContentLength n ContentRange s ContentType s DeleteMarker b ETag s Expiration s LastModified s " \
    "Metadata {} MissingMeta n PartsCount n ReplicationStatus e(COMPLETE|PENDING|FAILED|REPLICA|COMPLETED) RequestCharged " \
    "e(requester) Restore s ServerSideEncryption e(AES256|aws:fsx|aws:kms|aws:kms:dsse) SSEKMSKeyId s StorageClass " STORAGE_CLASS \
    " VersionId s WebsiteRedirectLocation s"
#define STORAGE_CLASS \
    "e(STANDARD|REDUCED_REDUNDANCY|STANDARD_IA|ONEZONE_IA|INTELLIGENT_TIERING|GLACIER|DEEP_ARCHIVE|OUTPOSTS|GLACIER_IR|SNOW|" \
    "EXPRESS_ONEZONE|FSX_OPENZFS|FSX_ONTAP)"
#define FUNCTION \
    "FunctionName s FunctionArn s Runtime s Role s Handler s CodeSize n Description s Timeout n>=1 MemorySize n>=128 " \
    "LastModified s CodeSha256 s Version s Environment {Variables {}} KMSKeyArn s TracingConfig {Mode e(Active|PassThrough)} " \
    "MasterArn s RevisionId s State e(Pending|Active|Inactive|Failed) StateReason s LastUpdateStatus e(Successful|Failed|InProgress) " \
    "PackageType e(Zip|Image) Architectures [e(x86_64|arm64)] EphemeralStorage {Size n>=512} Layers [{Arn s CodeSize n}]"
#define MESSAGE "MessageId s MD5OfMessageBody s MD5OfMessageAttributes s MD5OfMessageSystemAttributes s SequenceNumber s"
#define ITEM "Attributes {} ConsumedCapacity {TableName s CapacityUnits n} ItemCollectionMetrics {}"
#define KEYS "KeyId s EncryptionAlgorithm e(SYMMETRIC_DEFAULT|RSAES_OAEP_SHA_1|RSAES_OAEP_SHA_256|SM2PKE)"

static const struct {
    const char *resource;
    const char *members;
} SHAPES[] = {
    { "aws-sdk:athena:startQueryExecution", "QueryExecutionId s" },
    { "aws-sdk:dynamodb:deleteItem", ITEM },
    { "aws-sdk:dynamodb:getItem", "Item {} ConsumedCapacity {TableName s CapacityUnits n}" },
    { "aws-sdk:dynamodb:putItem", ITEM },
    { "aws-sdk:dynamodb:query", "Items [{}] Count n ScannedCount n LastEvaluatedKey {}" },
    { "aws-sdk:dynamodb:scan", "Items [{}] Count n ScannedCount n LastEvaluatedKey {}" },
    { "aws-sdk:dynamodb:updateItem", ITEM },
    { "aws-sdk:eventbridge:putEvents", "FailedEntryCount n Entries [{EventId s ErrorCode s ErrorMessage s}]" },
    { "aws-sdk:glue:startJobRun", "JobRunId s" },
    { "aws-sdk:kms:decrypt", "Plaintext s " KEYS },
    { "aws-sdk:kms:encrypt", "CiphertextBlob s " KEYS },
    { "aws-sdk:lambda:getFunction", "Configuration {" FUNCTION "} Code {RepositoryType s Location s ImageUri s} Tags {} "
                                    "Concurrency {ReservedConcurrentExecutions n>=0}" },
    { "aws-sdk:lambda:getFunctionConfiguration", FUNCTION },
    { "aws-sdk:lambda:invoke", "StatusCode n FunctionError s LogResult s Payload * ExecutedVersion s" },
    { "aws-sdk:s3:getObject", "Body * " OBJECT_HEAD },
    { "aws-sdk:s3:headObject", OBJECT_HEAD },
    { "aws-sdk:s3:listObjectsV2", "IsTruncated b Contents [{Key s LastModified s ETag s Size n StorageClass s}] Name s Prefix s "
                                  "Delimiter s MaxKeys n CommonPrefixes [{Prefix s}] KeyCount n NextContinuationToken s" },
    { "aws-sdk:s3:putObject", "ETag s Expiration s VersionId s SSEKMSKeyId s BucketKeyEnabled b" },
    { "aws-sdk:secretsmanager:getSecretValue", "ARN s Name s VersionId s SecretBinary s SecretString s VersionStages [s] CreatedDate s" },
    { "aws-sdk:sfn:describeExecution", EXECUTION },
    { "aws-sdk:sfn:startExecution", "ExecutionArn! s StartDate! s" },
    { "aws-sdk:sns:publish", "MessageId s SequenceNumber s" },
    { "aws-sdk:sqs:receiveMessage", "Messages [{MessageId s ReceiptHandle s MD5OfBody s Body s Attributes {}}]" },
    { "aws-sdk:sqs:sendMessage", MESSAGE },
    { "aws-sdk:ssm:getParameter", "Parameter {Name s Type e(String|StringList|SecureString) Value s Version n ARN s DataType s}" },
    { "batch:submitJob", "JobArn s JobName! s JobId! s" },
    { "dynamodb:deleteItem", ITEM },
    { "dynamodb:getItem", "Item {} ConsumedCapacity {TableName s CapacityUnits n}" },
    { "dynamodb:putItem", ITEM },
    { "dynamodb:updateItem", ITEM },
    { "ecs:runTask", "Tasks [{TaskArn s ClusterArn s LastStatus s}] Failures [{Arn s Reason s Detail s}]" },
    { "events:putEvents", "FailedEntryCount n Entries [{EventId s ErrorCode s ErrorMessage s}]" },
    { "glue:startJobRun", "JobRunId s" },
    { "lambda:invoke", "StatusCode n FunctionError s LogResult s Payload * ExecutedVersion s" },
    { "sns:publish", "MessageId s SequenceNumber s" },
    { "sqs:sendMessage", MESSAGE },
    { "states:startExecution", "ExecutionArn! s StartDate! s" },
    { "states:startExecution.sync", EXECUTION },
    { "states:startExecution.sync:2", EXECUTION },
};

typedef struct Check {
    Arena *arena;
    bool   required;
    Str    wrong;
} Check;

/* ---- the notation ---- */

static void skip_blanks(const char **at)
{
    while (**at == ' ') (*at)++;
}

/* Up to the bracket that ends what began behind `at`. */
static const char *end_of_group(const char *at, char open, char close)
{
    for (int depth = 1;; at++) {
        if (*at == open) depth++;
        if (*at == close && --depth == 0) return at;
    }
}

static const char *end_of_type(const char *at)
{
    if (*at == '{') return end_of_group(at + 1, '{', '}') + 1;
    if (*at == '[') return end_of_group(at + 1, '[', ']') + 1;
    if (*at == 'e') return end_of_group(at + 2, '(', ')') + 1;
    while (*at && !strchr(" ]}", *at)) at++;
    return at;
}

static void check_members(Check *check, const char *at, const Json *object);

/* ---- values ---- */

static void complain(Check *check, Str name, const char *what)
{
    if (!check->wrong.data) check->wrong = str_format(check->arena, "Field '%.*s' %s", STR_ARG(name), what);
}

static bool is_one_of(Str text, const char *at)
{
    Str list = str_from(at, (size_t)(end_of_group(at, '(', ')') - at)), one;
    while (str_next_part(&list, '|', &one))
        if (str_equal(one, text)) return true;
    return false;
}

static void check_number(Check *check, const char *type, Str name, const Json *value)
{
    if (value->type != JSON_NUMBER) complain(check, name, "must be a number");
    else if (type[1] == '>' && json_number(value) < (double)strtol(type + 3, NULL, 10))
        complain(check, name, "is less than the minimum value");
}

static void check_value(Check *check, const char *type, Str name, const Json *value)
{
    Json *item;
    switch (*type) {
    case 's':
        if (value->type != JSON_STRING) complain(check, name, "must be a string");
        return;
    case 'n': check_number(check, type, name, value); return;
    case 'b':
        if (value->type != JSON_BOOL) complain(check, name, "must be a boolean");
        return;
    case 'e':
        if (value->type != JSON_STRING) complain(check, name, "must be a string");
        else if (!is_one_of(value->text, type + 2)) complain(check, name, "is not an expected value");
        return;
    case '{':
        if (value->type != JSON_OBJECT) complain(check, name, "must be an object");
        else check_members(check, type + 1, value);
        return;
    case '[':
        if (value->type != JSON_ARRAY) complain(check, name, "must be an array");
        else
            JSON_EACH_ITEM(value, item) check_value(check, type + 1, name, item);
        return;
    default: return;
    }
}

static void check_members(Check *check, const char *at, const Json *object)
{
    for (skip_blanks(&at); *at && *at != '}'; skip_blanks(&at)) {
        size_t length = strcspn(at, " !");
        Str    name = str_from(at, length);
        bool   wanted = at[length] == '!' && check->required;
        at += length + (at[length] == '!');
        skip_blanks(&at);
        const Json *value = json_get(object, name);
        if (value && value->type != JSON_NULL) check_value(check, at, name, value);
        else if (wanted && !check->wrong.data)
            check->wrong = str_format(check->arena, "Required field '%.*s' is missing", STR_ARG(name));
        at = end_of_type(at);
    }
}

Str result_shapes_check(Arena *arena, Str resource, const Json *result, bool required)
{
    size_t at;
    Check  check = { .arena = arena, .required = required };
    if (result->type != JSON_OBJECT || !str_find(resource, STR(":::"), &at)) return STR_NONE;
    Str action = str_slice(resource, at + 3, resource.length);
    for (size_t i = 0; i < sizeof SHAPES / sizeof *SHAPES; i++)
        if (str_equal(str_from_c(SHAPES[i].resource), action)) check_members(&check, SHAPES[i].members, result);
    return check.wrong;
}
