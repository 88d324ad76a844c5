/* error_codes.h -- every kind of error that some caller reacts to in particular.
 *
 * ERROR_CODE(name, the words for it). A new row needs a caller that treats it differently;
 * everything else is message text. */
ERROR_CODE(ERR_MEMORY, "out of memory")
ERROR_CODE(ERR_IO, "input or output failed")
ERROR_CODE(ERR_DISK_FULL, "no space left on the disk")
ERROR_CODE(ERR_CORRUPT, "stored data is damaged")
ERROR_CODE(ERR_IN_USE, "in use by another process")
ERROR_CODE(ERR_NOT_FOUND, "not found")
ERROR_CODE(ERR_LIMIT, "a limit was exceeded")
ERROR_CODE(ERR_SYNTAX, "not well-formed")
ERROR_CODE(ERR_INVALID, "not valid")
ERROR_CODE(ERR_UNAVAILABLE, "cannot be written now")
ERROR_CODE(ERR_FAULT, "refused by a service")
