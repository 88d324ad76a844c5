/* states_shapes.c -- the shapes of Step Functions. */
#include "services/states/states_shapes.h"

/* clang-format off */

#define S(name) { F(name), &shape_string, 0, { NULL, 0 } }
#define S_REQUIRED(name) { F(name), &shape_string, REQUIRED, { NULL, 0 } }
#define I(name) { F(name), &shape_integer, 0, { NULL, 0 } }
#define I_REQUIRED(name) { F(name), &shape_integer, REQUIRED, { NULL, 0 } }
#define D(name) { F(name), &shape_double, 0, { NULL, 0 } }
#define D_REQUIRED(name) { F(name), &shape_double, REQUIRED, { NULL, 0 } }
#define B(name) { F(name), &shape_boolean, 0, { NULL, 0 } }
#define T(name) { F(name), &shape_timestamp, 0, { NULL, 0 } }
#define T_REQUIRED(name) { F(name), &shape_timestamp, REQUIRED, { NULL, 0 } }
#define OF(name, shape) { F(name), shape, 0, { NULL, 0 } }
#define OF_REQUIRED(name, shape) { F(name), shape, REQUIRED, { NULL, 0 } }
#define INPUT(operation, fields) const Shape states_input_##operation = STRUCTURE(#operation "Input", fields)
#define OUTPUT(operation, fields) const Shape states_output_##operation = STRUCTURE(#operation "Output", fields)
#define NO_OUTPUT(operation) const Shape states_output_##operation = EMPTY_STRUCTURE(#operation "Output")

/* ---- what several share ---- */

static const Field tag_fields[] = { S("key"), S("value") };
static const Shape tag = STRUCTURE("Tag", tag_fields);
static const Shape tag_list = LIST("TagList", &tag);
static const Field encryption_configuration_fields[] = {
    S("kmsKeyId"), I("kmsDataKeyReusePeriodSeconds"), S_REQUIRED("type"),
};
static const Shape encryption_configuration = STRUCTURE("EncryptionConfiguration", encryption_configuration_fields);
static const Field cloud_watch_logs_log_group_fields[] = { S("logGroupArn") };
static const Shape cloud_watch_logs_log_group = STRUCTURE("CloudWatchLogsLogGroup", cloud_watch_logs_log_group_fields);
static const Field log_destination_fields[] = { OF("cloudWatchLogsLogGroup", &cloud_watch_logs_log_group) };
static const Shape log_destination = STRUCTURE("LogDestination", log_destination_fields);
static const Shape log_destination_list = LIST("LogDestinationList", &log_destination);
static const Field logging_configuration_fields[] = {
    S("level"), B("includeExecutionData"), OF("destinations", &log_destination_list),
};
static const Shape logging_configuration = STRUCTURE("LoggingConfiguration", logging_configuration_fields);
static const Field tracing_configuration_fields[] = { B("enabled") };
static const Shape tracing_configuration = STRUCTURE("TracingConfiguration", tracing_configuration_fields);
static const Field routing_configuration_list_item_fields[] = {
    S_REQUIRED("stateMachineVersionArn"), I_REQUIRED("weight"),
};
static const Shape routing_configuration_list_item =
    STRUCTURE("RoutingConfigurationListItem", routing_configuration_list_item_fields);
static const Shape routing_configuration_list = LIST("RoutingConfigurationList", &routing_configuration_list_item);
static const Field cloud_watch_events_execution_data_details_fields[] = { B("included") };
static const Shape cloud_watch_events_execution_data_details =
    STRUCTURE("CloudWatchEventsExecutionDataDetails", cloud_watch_events_execution_data_details_fields);
static const Shape variable_references = MAP("VariableReferences", &shape_string_list);

/* ---- state machines ---- */

static const Field create_state_machine_input[] = {
    S_REQUIRED("name"), S_REQUIRED("definition"), S_REQUIRED("roleArn"), S("type"),
    OF("loggingConfiguration", &logging_configuration), OF("tags", &tag_list),
    OF("tracingConfiguration", &tracing_configuration), B("publish"), S("versionDescription"),
    OF("encryptionConfiguration", &encryption_configuration),
};
INPUT(CreateStateMachine, create_state_machine_input);
static const Field create_state_machine_output[] = {
    S_REQUIRED("stateMachineArn"), T_REQUIRED("creationDate"), S("stateMachineVersionArn"),
};
OUTPUT(CreateStateMachine, create_state_machine_output);

static const Field update_state_machine_input[] = {
    S_REQUIRED("stateMachineArn"), S("definition"), S("roleArn"),
    OF("loggingConfiguration", &logging_configuration), OF("tracingConfiguration", &tracing_configuration),
    B("publish"), S("versionDescription"), OF("encryptionConfiguration", &encryption_configuration),
};
INPUT(UpdateStateMachine, update_state_machine_input);
static const Field update_state_machine_output[] = {
    T_REQUIRED("updateDate"), S("revisionId"), S("stateMachineVersionArn"),
};
OUTPUT(UpdateStateMachine, update_state_machine_output);

static const Field delete_state_machine_input[] = { S_REQUIRED("stateMachineArn") };
INPUT(DeleteStateMachine, delete_state_machine_input);
NO_OUTPUT(DeleteStateMachine);

static const Field describe_state_machine_input[] = { S_REQUIRED("stateMachineArn"), S("includedData") };
INPUT(DescribeStateMachine, describe_state_machine_input);
static const Field describe_state_machine_output[] = {
    S_REQUIRED("stateMachineArn"), S_REQUIRED("name"), S("status"), S_REQUIRED("definition"), S_REQUIRED("roleArn"),
    S_REQUIRED("type"), T_REQUIRED("creationDate"), OF("loggingConfiguration", &logging_configuration),
    OF("tracingConfiguration", &tracing_configuration), S("label"), S("revisionId"), S("description"),
    OF("encryptionConfiguration", &encryption_configuration), OF("variableReferences", &variable_references),
};
OUTPUT(DescribeStateMachine, describe_state_machine_output);

static const Field state_machine_list_item_fields[] = {
    S_REQUIRED("stateMachineArn"), S_REQUIRED("name"), S_REQUIRED("type"), T_REQUIRED("creationDate"),
};
static const Shape state_machine_list_item = STRUCTURE("StateMachineListItem", state_machine_list_item_fields);
static const Shape state_machine_list = LIST("StateMachineList", &state_machine_list_item);
static const Field list_state_machines_input[] = { I("maxResults"), S("nextToken") };
INPUT(ListStateMachines, list_state_machines_input);
static const Field list_state_machines_output[] = {
    OF_REQUIRED("stateMachines", &state_machine_list), S("nextToken"),
};
OUTPUT(ListStateMachines, list_state_machines_output);

static const Field validate_state_machine_definition_diagnostic_fields[] = {
    S_REQUIRED("severity"), S_REQUIRED("code"), S_REQUIRED("message"), S("location"),
};
static const Shape validate_state_machine_definition_diagnostic =
    STRUCTURE("ValidateStateMachineDefinitionDiagnostic", validate_state_machine_definition_diagnostic_fields);
static const Shape validate_state_machine_definition_diagnostic_list =
    LIST("ValidateStateMachineDefinitionDiagnosticList", &validate_state_machine_definition_diagnostic);
static const Field validate_state_machine_definition_input[] = {
    S_REQUIRED("definition"), S("type"), S("severity"), I("maxResults"),
};
INPUT(ValidateStateMachineDefinition, validate_state_machine_definition_input);
static const Field validate_state_machine_definition_output[] = {
    S_REQUIRED("result"), OF_REQUIRED("diagnostics", &validate_state_machine_definition_diagnostic_list),
    B("truncated"),
};
OUTPUT(ValidateStateMachineDefinition, validate_state_machine_definition_output);

/* ---- versions and aliases ---- */

static const Field publish_state_machine_version_input[] = {
    S_REQUIRED("stateMachineArn"), S("revisionId"), S("description"),
};
INPUT(PublishStateMachineVersion, publish_state_machine_version_input);
static const Field publish_state_machine_version_output[] = {
    T_REQUIRED("creationDate"), S_REQUIRED("stateMachineVersionArn"),
};
OUTPUT(PublishStateMachineVersion, publish_state_machine_version_output);

static const Field delete_state_machine_version_input[] = { S_REQUIRED("stateMachineVersionArn") };
INPUT(DeleteStateMachineVersion, delete_state_machine_version_input);
NO_OUTPUT(DeleteStateMachineVersion);

static const Field state_machine_version_list_item_fields[] = {
    S_REQUIRED("stateMachineVersionArn"), T_REQUIRED("creationDate"),
};
static const Shape state_machine_version_list_item =
    STRUCTURE("StateMachineVersionListItem", state_machine_version_list_item_fields);
static const Shape state_machine_version_list = LIST("StateMachineVersionList", &state_machine_version_list_item);
static const Field list_state_machine_versions_input[] = {
    S_REQUIRED("stateMachineArn"), S("nextToken"), I("maxResults"),
};
INPUT(ListStateMachineVersions, list_state_machine_versions_input);
static const Field list_state_machine_versions_output[] = {
    OF_REQUIRED("stateMachineVersions", &state_machine_version_list), S("nextToken"),
};
OUTPUT(ListStateMachineVersions, list_state_machine_versions_output);

static const Field create_state_machine_alias_input[] = {
    S("description"), S_REQUIRED("name"), OF_REQUIRED("routingConfiguration", &routing_configuration_list),
};
INPUT(CreateStateMachineAlias, create_state_machine_alias_input);
static const Field create_state_machine_alias_output[] = {
    S_REQUIRED("stateMachineAliasArn"), T_REQUIRED("creationDate"),
};
OUTPUT(CreateStateMachineAlias, create_state_machine_alias_output);

static const Field update_state_machine_alias_input[] = {
    S_REQUIRED("stateMachineAliasArn"), S("description"), OF("routingConfiguration", &routing_configuration_list),
};
INPUT(UpdateStateMachineAlias, update_state_machine_alias_input);
static const Field update_state_machine_alias_output[] = { T_REQUIRED("updateDate") };
OUTPUT(UpdateStateMachineAlias, update_state_machine_alias_output);

static const Field delete_state_machine_alias_input[] = { S_REQUIRED("stateMachineAliasArn") };
INPUT(DeleteStateMachineAlias, delete_state_machine_alias_input);
NO_OUTPUT(DeleteStateMachineAlias);

static const Field describe_state_machine_alias_input[] = { S_REQUIRED("stateMachineAliasArn") };
INPUT(DescribeStateMachineAlias, describe_state_machine_alias_input);
static const Field describe_state_machine_alias_output[] = {
    S("stateMachineAliasArn"), S("name"), S("description"), OF("routingConfiguration", &routing_configuration_list),
    T("creationDate"), T("updateDate"),
};
OUTPUT(DescribeStateMachineAlias, describe_state_machine_alias_output);

static const Field state_machine_alias_list_item_fields[] = {
    S_REQUIRED("stateMachineAliasArn"), T_REQUIRED("creationDate"),
};
static const Shape state_machine_alias_list_item =
    STRUCTURE("StateMachineAliasListItem", state_machine_alias_list_item_fields);
static const Shape state_machine_alias_list = LIST("StateMachineAliasList", &state_machine_alias_list_item);
static const Field list_state_machine_aliases_input[] = {
    S_REQUIRED("stateMachineArn"), S("nextToken"), I("maxResults"),
};
INPUT(ListStateMachineAliases, list_state_machine_aliases_input);
static const Field list_state_machine_aliases_output[] = {
    OF_REQUIRED("stateMachineAliases", &state_machine_alias_list), S("nextToken"),
};
OUTPUT(ListStateMachineAliases, list_state_machine_aliases_output);

/* ---- executions ---- */

static const Field start_execution_input[] = {
    S_REQUIRED("stateMachineArn"), S("name"), S("input"), S("traceHeader"),
};
INPUT(StartExecution, start_execution_input);
static const Field start_execution_output[] = { S_REQUIRED("executionArn"), T_REQUIRED("startDate") };
OUTPUT(StartExecution, start_execution_output);

static const Field billing_details_fields[] = { I("billedMemoryUsedInMB"), I("billedDurationInMilliseconds") };
static const Shape billing_details = STRUCTURE("BillingDetails", billing_details_fields);
static const Field start_sync_execution_input[] = {
    S_REQUIRED("stateMachineArn"), S("name"), S("input"), S("traceHeader"), S("includedData"),
};
INPUT(StartSyncExecution, start_sync_execution_input);
static const Field start_sync_execution_output[] = {
    S_REQUIRED("executionArn"), S("stateMachineArn"), S("name"), T_REQUIRED("startDate"), T_REQUIRED("stopDate"),
    S_REQUIRED("status"), S("error"), S("cause"), S("input"),
    OF("inputDetails", &cloud_watch_events_execution_data_details), S("output"),
    OF("outputDetails", &cloud_watch_events_execution_data_details), S("traceHeader"),
    OF("billingDetails", &billing_details),
};
OUTPUT(StartSyncExecution, start_sync_execution_output);

static const Field stop_execution_input[] = { S_REQUIRED("executionArn"), S("error"), S("cause") };
INPUT(StopExecution, stop_execution_input);
static const Field stop_execution_output[] = { T_REQUIRED("stopDate") };
OUTPUT(StopExecution, stop_execution_output);

static const Field redrive_execution_input[] = { S_REQUIRED("executionArn"), S("clientToken") };
INPUT(RedriveExecution, redrive_execution_input);
static const Field redrive_execution_output[] = { T_REQUIRED("redriveDate") };
OUTPUT(RedriveExecution, redrive_execution_output);

static const Field describe_execution_input[] = { S_REQUIRED("executionArn"), S("includedData") };
INPUT(DescribeExecution, describe_execution_input);
static const Field describe_execution_output[] = {
    S_REQUIRED("executionArn"), S_REQUIRED("stateMachineArn"), S("name"), S_REQUIRED("status"),
    T_REQUIRED("startDate"), T("stopDate"), S("input"),
    OF("inputDetails", &cloud_watch_events_execution_data_details), S("output"),
    OF("outputDetails", &cloud_watch_events_execution_data_details), S("traceHeader"), S("mapRunArn"), S("error"),
    S("cause"), S("stateMachineVersionArn"), S("stateMachineAliasArn"), I("redriveCount"), T("redriveDate"),
    S("redriveStatus"), S("redriveStatusReason"),
};
OUTPUT(DescribeExecution, describe_execution_output);

static const Field describe_state_machine_for_execution_input[] = {
    S_REQUIRED("executionArn"), S("includedData"),
};
INPUT(DescribeStateMachineForExecution, describe_state_machine_for_execution_input);
static const Field describe_state_machine_for_execution_output[] = {
    S_REQUIRED("stateMachineArn"), S_REQUIRED("name"), S_REQUIRED("definition"), S_REQUIRED("roleArn"),
    T_REQUIRED("updateDate"), OF("loggingConfiguration", &logging_configuration),
    OF("tracingConfiguration", &tracing_configuration), S("mapRunArn"), S("label"), S("revisionId"),
    OF("encryptionConfiguration", &encryption_configuration), OF("variableReferences", &variable_references),
};
OUTPUT(DescribeStateMachineForExecution, describe_state_machine_for_execution_output);

static const Field execution_list_item_fields[] = {
    S_REQUIRED("executionArn"), S_REQUIRED("stateMachineArn"), S_REQUIRED("name"), S_REQUIRED("status"),
    T_REQUIRED("startDate"), T("stopDate"), S("mapRunArn"), I("itemCount"), S("stateMachineVersionArn"),
    S("stateMachineAliasArn"), I("redriveCount"), T("redriveDate"),
};
static const Shape execution_list_item = STRUCTURE("ExecutionListItem", execution_list_item_fields);
static const Shape execution_list = LIST("ExecutionList", &execution_list_item);
static const Field list_executions_input[] = {
    S("stateMachineArn"), S("statusFilter"), I("maxResults"), S("nextToken"), S("mapRunArn"), S("redriveFilter"),
};
INPUT(ListExecutions, list_executions_input);
static const Field list_executions_output[] = { OF_REQUIRED("executions", &execution_list), S("nextToken") };
OUTPUT(ListExecutions, list_executions_output);

static const Field activity_failed_event_details_fields[] = { S("error"), S("cause") };
static const Shape activity_failed_event_details =
    STRUCTURE("ActivityFailedEventDetails", activity_failed_event_details_fields);
static const Field activity_schedule_failed_event_details_fields[] = { S("error"), S("cause") };
static const Shape activity_schedule_failed_event_details =
    STRUCTURE("ActivityScheduleFailedEventDetails", activity_schedule_failed_event_details_fields);
static const Field history_event_execution_data_details_fields[] = { B("truncated") };
static const Shape history_event_execution_data_details =
    STRUCTURE("HistoryEventExecutionDataDetails", history_event_execution_data_details_fields);
static const Field activity_scheduled_event_details_fields[] = {
    S_REQUIRED("resource"), S("input"), OF("inputDetails", &history_event_execution_data_details),
    I("timeoutInSeconds"), I("heartbeatInSeconds"),
};
static const Shape activity_scheduled_event_details =
    STRUCTURE("ActivityScheduledEventDetails", activity_scheduled_event_details_fields);
static const Field activity_started_event_details_fields[] = { S("workerName") };
static const Shape activity_started_event_details =
    STRUCTURE("ActivityStartedEventDetails", activity_started_event_details_fields);
static const Field activity_succeeded_event_details_fields[] = {
    S("output"), OF("outputDetails", &history_event_execution_data_details),
};
static const Shape activity_succeeded_event_details =
    STRUCTURE("ActivitySucceededEventDetails", activity_succeeded_event_details_fields);
static const Field activity_timed_out_event_details_fields[] = { S("error"), S("cause") };
static const Shape activity_timed_out_event_details =
    STRUCTURE("ActivityTimedOutEventDetails", activity_timed_out_event_details_fields);
static const Field task_failed_event_details_fields[] = {
    S_REQUIRED("resourceType"), S_REQUIRED("resource"), S("error"), S("cause"),
};
static const Shape task_failed_event_details = STRUCTURE("TaskFailedEventDetails", task_failed_event_details_fields);
static const Field task_credentials_fields[] = { S("roleArn") };
static const Shape task_credentials = STRUCTURE("TaskCredentials", task_credentials_fields);
static const Field task_scheduled_event_details_fields[] = {
    S_REQUIRED("resourceType"), S_REQUIRED("resource"), S_REQUIRED("region"), S_REQUIRED("parameters"),
    I("timeoutInSeconds"), I("heartbeatInSeconds"), OF("taskCredentials", &task_credentials),
};
static const Shape task_scheduled_event_details =
    STRUCTURE("TaskScheduledEventDetails", task_scheduled_event_details_fields);
static const Field task_start_failed_event_details_fields[] = {
    S_REQUIRED("resourceType"), S_REQUIRED("resource"), S("error"), S("cause"),
};
static const Shape task_start_failed_event_details =
    STRUCTURE("TaskStartFailedEventDetails", task_start_failed_event_details_fields);
static const Field task_started_event_details_fields[] = { S_REQUIRED("resourceType"), S_REQUIRED("resource") };
static const Shape task_started_event_details = STRUCTURE("TaskStartedEventDetails", task_started_event_details_fields);
static const Field task_submit_failed_event_details_fields[] = {
    S_REQUIRED("resourceType"), S_REQUIRED("resource"), S("error"), S("cause"),
};
static const Shape task_submit_failed_event_details =
    STRUCTURE("TaskSubmitFailedEventDetails", task_submit_failed_event_details_fields);
static const Field task_submitted_event_details_fields[] = {
    S_REQUIRED("resourceType"), S_REQUIRED("resource"), S("output"),
    OF("outputDetails", &history_event_execution_data_details),
};
static const Shape task_submitted_event_details =
    STRUCTURE("TaskSubmittedEventDetails", task_submitted_event_details_fields);
static const Field task_succeeded_event_details_fields[] = {
    S_REQUIRED("resourceType"), S_REQUIRED("resource"), S("output"),
    OF("outputDetails", &history_event_execution_data_details),
};
static const Shape task_succeeded_event_details =
    STRUCTURE("TaskSucceededEventDetails", task_succeeded_event_details_fields);
static const Field task_timed_out_event_details_fields[] = {
    S_REQUIRED("resourceType"), S_REQUIRED("resource"), S("error"), S("cause"),
};
static const Shape task_timed_out_event_details =
    STRUCTURE("TaskTimedOutEventDetails", task_timed_out_event_details_fields);
static const Field execution_failed_event_details_fields[] = { S("error"), S("cause") };
static const Shape execution_failed_event_details =
    STRUCTURE("ExecutionFailedEventDetails", execution_failed_event_details_fields);
static const Field execution_started_event_details_fields[] = {
    S("input"), OF("inputDetails", &history_event_execution_data_details), S("roleArn"), S("stateMachineAliasArn"),
    S("stateMachineVersionArn"),
};
static const Shape execution_started_event_details =
    STRUCTURE("ExecutionStartedEventDetails", execution_started_event_details_fields);
static const Field execution_succeeded_event_details_fields[] = {
    S("output"), OF("outputDetails", &history_event_execution_data_details),
};
static const Shape execution_succeeded_event_details =
    STRUCTURE("ExecutionSucceededEventDetails", execution_succeeded_event_details_fields);
static const Field execution_aborted_event_details_fields[] = { S("error"), S("cause") };
static const Shape execution_aborted_event_details =
    STRUCTURE("ExecutionAbortedEventDetails", execution_aborted_event_details_fields);
static const Field execution_timed_out_event_details_fields[] = { S("error"), S("cause") };
static const Shape execution_timed_out_event_details =
    STRUCTURE("ExecutionTimedOutEventDetails", execution_timed_out_event_details_fields);
static const Field execution_redriven_event_details_fields[] = { I("redriveCount") };
static const Shape execution_redriven_event_details =
    STRUCTURE("ExecutionRedrivenEventDetails", execution_redriven_event_details_fields);
static const Field map_state_started_event_details_fields[] = { I("length") };
static const Shape map_state_started_event_details =
    STRUCTURE("MapStateStartedEventDetails", map_state_started_event_details_fields);
static const Field map_iteration_event_details_fields[] = { S("name"), I("index") };
static const Shape map_iteration_event_details =
    STRUCTURE("MapIterationEventDetails", map_iteration_event_details_fields);
static const Field lambda_function_failed_event_details_fields[] = { S("error"), S("cause") };
static const Shape lambda_function_failed_event_details =
    STRUCTURE("LambdaFunctionFailedEventDetails", lambda_function_failed_event_details_fields);
static const Field lambda_function_schedule_failed_event_details_fields[] = { S("error"), S("cause") };
static const Shape lambda_function_schedule_failed_event_details =
    STRUCTURE("LambdaFunctionScheduleFailedEventDetails", lambda_function_schedule_failed_event_details_fields);
static const Field lambda_function_scheduled_event_details_fields[] = {
    S_REQUIRED("resource"), S("input"), OF("inputDetails", &history_event_execution_data_details),
    I("timeoutInSeconds"), OF("taskCredentials", &task_credentials),
};
static const Shape lambda_function_scheduled_event_details =
    STRUCTURE("LambdaFunctionScheduledEventDetails", lambda_function_scheduled_event_details_fields);
static const Field lambda_function_start_failed_event_details_fields[] = { S("error"), S("cause") };
static const Shape lambda_function_start_failed_event_details =
    STRUCTURE("LambdaFunctionStartFailedEventDetails", lambda_function_start_failed_event_details_fields);
static const Field lambda_function_succeeded_event_details_fields[] = {
    S("output"), OF("outputDetails", &history_event_execution_data_details),
};
static const Shape lambda_function_succeeded_event_details =
    STRUCTURE("LambdaFunctionSucceededEventDetails", lambda_function_succeeded_event_details_fields);
static const Field lambda_function_timed_out_event_details_fields[] = { S("error"), S("cause") };
static const Shape lambda_function_timed_out_event_details =
    STRUCTURE("LambdaFunctionTimedOutEventDetails", lambda_function_timed_out_event_details_fields);
static const Field state_entered_event_details_fields[] = {
    S_REQUIRED("name"), S("input"), OF("inputDetails", &history_event_execution_data_details),
};
static const Shape state_entered_event_details =
    STRUCTURE("StateEnteredEventDetails", state_entered_event_details_fields);
static const Field assigned_variables_details_fields[] = { B("truncated") };
static const Shape assigned_variables_details =
    STRUCTURE("AssignedVariablesDetails", assigned_variables_details_fields);
static const Field state_exited_event_details_fields[] = {
    S_REQUIRED("name"), S("output"), OF("outputDetails", &history_event_execution_data_details),
    OF("assignedVariables", &shape_string_map), OF("assignedVariablesDetails", &assigned_variables_details),
};
static const Shape state_exited_event_details = STRUCTURE("StateExitedEventDetails", state_exited_event_details_fields);
static const Field map_run_started_event_details_fields[] = { S("mapRunArn") };
static const Shape map_run_started_event_details =
    STRUCTURE("MapRunStartedEventDetails", map_run_started_event_details_fields);
static const Field map_run_failed_event_details_fields[] = { S("error"), S("cause") };
static const Shape map_run_failed_event_details =
    STRUCTURE("MapRunFailedEventDetails", map_run_failed_event_details_fields);
static const Field map_run_redriven_event_details_fields[] = { S("mapRunArn"), I("redriveCount") };
static const Shape map_run_redriven_event_details =
    STRUCTURE("MapRunRedrivenEventDetails", map_run_redriven_event_details_fields);
static const Field evaluation_failed_event_details_fields[] = {
    S("error"), S("cause"), S("location"), S_REQUIRED("state"),
};
static const Shape evaluation_failed_event_details =
    STRUCTURE("EvaluationFailedEventDetails", evaluation_failed_event_details_fields);
static const Field history_event_fields[] = {
    T_REQUIRED("timestamp"), S_REQUIRED("type"), I_REQUIRED("id"), I("previousEventId"),
    OF("activityFailedEventDetails", &activity_failed_event_details),
    OF("activityScheduleFailedEventDetails", &activity_schedule_failed_event_details),
    OF("activityScheduledEventDetails", &activity_scheduled_event_details),
    OF("activityStartedEventDetails", &activity_started_event_details),
    OF("activitySucceededEventDetails", &activity_succeeded_event_details),
    OF("activityTimedOutEventDetails", &activity_timed_out_event_details),
    OF("taskFailedEventDetails", &task_failed_event_details),
    OF("taskScheduledEventDetails", &task_scheduled_event_details),
    OF("taskStartFailedEventDetails", &task_start_failed_event_details),
    OF("taskStartedEventDetails", &task_started_event_details),
    OF("taskSubmitFailedEventDetails", &task_submit_failed_event_details),
    OF("taskSubmittedEventDetails", &task_submitted_event_details),
    OF("taskSucceededEventDetails", &task_succeeded_event_details),
    OF("taskTimedOutEventDetails", &task_timed_out_event_details),
    OF("executionFailedEventDetails", &execution_failed_event_details),
    OF("executionStartedEventDetails", &execution_started_event_details),
    OF("executionSucceededEventDetails", &execution_succeeded_event_details),
    OF("executionAbortedEventDetails", &execution_aborted_event_details),
    OF("executionTimedOutEventDetails", &execution_timed_out_event_details),
    OF("executionRedrivenEventDetails", &execution_redriven_event_details),
    OF("mapStateStartedEventDetails", &map_state_started_event_details),
    OF("mapIterationStartedEventDetails", &map_iteration_event_details),
    OF("mapIterationSucceededEventDetails", &map_iteration_event_details),
    OF("mapIterationFailedEventDetails", &map_iteration_event_details),
    OF("mapIterationAbortedEventDetails", &map_iteration_event_details),
    OF("lambdaFunctionFailedEventDetails", &lambda_function_failed_event_details),
    OF("lambdaFunctionScheduleFailedEventDetails", &lambda_function_schedule_failed_event_details),
    OF("lambdaFunctionScheduledEventDetails", &lambda_function_scheduled_event_details),
    OF("lambdaFunctionStartFailedEventDetails", &lambda_function_start_failed_event_details),
    OF("lambdaFunctionSucceededEventDetails", &lambda_function_succeeded_event_details),
    OF("lambdaFunctionTimedOutEventDetails", &lambda_function_timed_out_event_details),
    OF("stateEnteredEventDetails", &state_entered_event_details),
    OF("stateExitedEventDetails", &state_exited_event_details),
    OF("mapRunStartedEventDetails", &map_run_started_event_details),
    OF("mapRunFailedEventDetails", &map_run_failed_event_details),
    OF("mapRunRedrivenEventDetails", &map_run_redriven_event_details),
    OF("evaluationFailedEventDetails", &evaluation_failed_event_details),
};
static const Shape history_event = STRUCTURE("HistoryEvent", history_event_fields);
static const Shape history_event_list = LIST("HistoryEventList", &history_event);
static const Field get_execution_history_input[] = {
    S_REQUIRED("executionArn"), I("maxResults"), B("reverseOrder"), S("nextToken"), B("includeExecutionData"),
};
INPUT(GetExecutionHistory, get_execution_history_input);
static const Field get_execution_history_output[] = {
    OF_REQUIRED("events", &history_event_list), S("nextToken"),
};
OUTPUT(GetExecutionHistory, get_execution_history_output);

static const Field mock_error_fields[] = { S("error"), S("cause") };
static const Shape mock_error_output = STRUCTURE("MockErrorOutput", mock_error_fields);
static const Field mock_fields[] = {
    S("result"), OF("errorOutput", &mock_error_output), S("fieldValidationMode"),
};
static const Shape mock_input = STRUCTURE("MockInput", mock_fields);
static const Field test_state_configuration_fields[] = {
    I("retrierRetryCount"), S("errorCausedByState"), I("mapIterationFailureCount"), S("mapItemReaderData"),
};
static const Shape test_state_configuration = STRUCTURE("TestStateConfiguration", test_state_configuration_fields);
static const Field inspection_data_request_fields[] = {
    S("protocol"), S("method"), S("url"), S("headers"), S("body"),
};
static const Shape inspection_data_request = STRUCTURE("InspectionDataRequest", inspection_data_request_fields);
static const Field inspection_data_response_fields[] = {
    S("protocol"), S("statusCode"), S("statusMessage"), S("headers"), S("body"),
};
static const Shape inspection_data_response = STRUCTURE("InspectionDataResponse", inspection_data_response_fields);
static const Field inspection_error_details_fields[] = {
    I("catchIndex"), I("retryIndex"), I("retryBackoffIntervalSeconds"),
};
static const Shape inspection_error_details = STRUCTURE("InspectionErrorDetails", inspection_error_details_fields);
static const Field inspection_data_fields[] = {
    S("input"), S("afterArguments"), S("afterInputPath"), S("afterParameters"), S("result"),
    S("afterResultSelector"), S("afterResultPath"), OF("request", &inspection_data_request),
    OF("response", &inspection_data_response), S("variables"), OF("errorDetails", &inspection_error_details),
    S("afterItemsPath"), S("afterItemSelector"), S("afterItemBatcher"), S("afterItemsPointer"),
    I("toleratedFailureCount"), D("toleratedFailurePercentage"), I("maxConcurrency"),
};
static const Shape inspection_data = STRUCTURE("InspectionData", inspection_data_fields);
static const Field test_state_input[] = {
    S_REQUIRED("definition"), S("roleArn"), S("input"), S("inspectionLevel"), B("revealSecrets"), S("variables"),
    S("stateName"), OF("mock", &mock_input), S("context"), OF("stateConfiguration", &test_state_configuration),
};
INPUT(TestState, test_state_input);
static const Field test_state_output[] = {
    S("output"), S("error"), S("cause"), OF("inspectionData", &inspection_data), S("nextState"), S("status"),
};
OUTPUT(TestState, test_state_output);

/* ---- activities and tasks ---- */

static const Field create_activity_input[] = {
    S_REQUIRED("name"), OF("tags", &tag_list), OF("encryptionConfiguration", &encryption_configuration),
};
INPUT(CreateActivity, create_activity_input);
static const Field create_activity_output[] = { S_REQUIRED("activityArn"), T_REQUIRED("creationDate") };
OUTPUT(CreateActivity, create_activity_output);

static const Field delete_activity_input[] = { S_REQUIRED("activityArn") };
INPUT(DeleteActivity, delete_activity_input);
NO_OUTPUT(DeleteActivity);

static const Field describe_activity_input[] = { S_REQUIRED("activityArn") };
INPUT(DescribeActivity, describe_activity_input);
static const Field describe_activity_output[] = {
    S_REQUIRED("activityArn"), S_REQUIRED("name"), T_REQUIRED("creationDate"),
    OF("encryptionConfiguration", &encryption_configuration),
};
OUTPUT(DescribeActivity, describe_activity_output);

static const Field activity_list_item_fields[] = {
    S_REQUIRED("activityArn"), S_REQUIRED("name"), T_REQUIRED("creationDate"),
};
static const Shape activity_list_item = STRUCTURE("ActivityListItem", activity_list_item_fields);
static const Shape activity_list = LIST("ActivityList", &activity_list_item);
static const Field list_activities_input[] = { I("maxResults"), S("nextToken") };
INPUT(ListActivities, list_activities_input);
static const Field list_activities_output[] = { OF_REQUIRED("activities", &activity_list), S("nextToken") };
OUTPUT(ListActivities, list_activities_output);

static const Field get_activity_task_input[] = { S_REQUIRED("activityArn"), S("workerName") };
INPUT(GetActivityTask, get_activity_task_input);
static const Field get_activity_task_output[] = { S("taskToken"), S("input") };
OUTPUT(GetActivityTask, get_activity_task_output);

static const Field send_task_success_input[] = { S_REQUIRED("taskToken"), S_REQUIRED("output") };
INPUT(SendTaskSuccess, send_task_success_input);
NO_OUTPUT(SendTaskSuccess);

static const Field send_task_failure_input[] = { S_REQUIRED("taskToken"), S("error"), S("cause") };
INPUT(SendTaskFailure, send_task_failure_input);
NO_OUTPUT(SendTaskFailure);

static const Field send_task_heartbeat_input[] = { S_REQUIRED("taskToken") };
INPUT(SendTaskHeartbeat, send_task_heartbeat_input);
NO_OUTPUT(SendTaskHeartbeat);

/* ---- map runs ---- */

static const Field map_run_list_item_fields[] = {
    S_REQUIRED("executionArn"), S_REQUIRED("mapRunArn"), S_REQUIRED("stateMachineArn"), T_REQUIRED("startDate"),
    T("stopDate"),
};
static const Shape map_run_list_item = STRUCTURE("MapRunListItem", map_run_list_item_fields);
static const Shape map_run_list = LIST("MapRunList", &map_run_list_item);
static const Field list_map_runs_input[] = { S_REQUIRED("executionArn"), I("maxResults"), S("nextToken") };
INPUT(ListMapRuns, list_map_runs_input);
static const Field list_map_runs_output[] = { OF_REQUIRED("mapRuns", &map_run_list), S("nextToken") };
OUTPUT(ListMapRuns, list_map_runs_output);

static const Field map_run_counts_fields[] = {
    I_REQUIRED("pending"), I_REQUIRED("running"), I_REQUIRED("succeeded"), I_REQUIRED("failed"),
    I_REQUIRED("timedOut"), I_REQUIRED("aborted"), I_REQUIRED("total"), I_REQUIRED("resultsWritten"),
    I("failuresNotRedrivable"), I("pendingRedrive"),
};
static const Shape map_run_item_counts = STRUCTURE("MapRunItemCounts", map_run_counts_fields);
static const Shape map_run_execution_counts = STRUCTURE("MapRunExecutionCounts", map_run_counts_fields);
static const Field describe_map_run_input[] = { S_REQUIRED("mapRunArn") };
INPUT(DescribeMapRun, describe_map_run_input);
static const Field describe_map_run_output[] = {
    S_REQUIRED("mapRunArn"), S_REQUIRED("executionArn"), S_REQUIRED("status"), T_REQUIRED("startDate"),
    T("stopDate"), I_REQUIRED("maxConcurrency"), D_REQUIRED("toleratedFailurePercentage"),
    I_REQUIRED("toleratedFailureCount"), OF_REQUIRED("itemCounts", &map_run_item_counts),
    OF_REQUIRED("executionCounts", &map_run_execution_counts), I("redriveCount"), T("redriveDate"),
};
OUTPUT(DescribeMapRun, describe_map_run_output);

static const Field update_map_run_input[] = {
    S_REQUIRED("mapRunArn"), I("maxConcurrency"), D("toleratedFailurePercentage"), I("toleratedFailureCount"),
};
INPUT(UpdateMapRun, update_map_run_input);
NO_OUTPUT(UpdateMapRun);

/* ---- tags ---- */

static const Field tag_resource_input[] = { S_REQUIRED("resourceArn"), OF_REQUIRED("tags", &tag_list) };
INPUT(TagResource, tag_resource_input);
NO_OUTPUT(TagResource);

static const Field untag_resource_input[] = {
    S_REQUIRED("resourceArn"), OF_REQUIRED("tagKeys", &shape_string_list),
};
INPUT(UntagResource, untag_resource_input);
NO_OUTPUT(UntagResource);

static const Field list_tags_for_resource_input[] = { S_REQUIRED("resourceArn") };
INPUT(ListTagsForResource, list_tags_for_resource_input);
static const Field list_tags_for_resource_output[] = { OF("tags", &tag_list) };
OUTPUT(ListTagsForResource, list_tags_for_resource_output);

/* ---- internal operations: their inputs are made here ---- */

#define INTERNAL(operation) \
    const Shape states_input_##operation = { .kind = SHAPE_DOCUMENT }, states_output_##operation = { .kind = SHAPE_DOCUMENT }
INTERNAL(WakeExecution);
INTERNAL(MoveExecution);
INTERNAL(CallForExecution);
INTERNAL(OfferTasks);
INTERNAL(ContinueMapRun);
