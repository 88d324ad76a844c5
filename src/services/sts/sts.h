/* sts.h -- the Security Token Service. */
#ifndef SERVICES_STS_STS_H
#define SERVICES_STS_STS_H

#include "aws/credentials.h"

extern const Service sts_service;

/* Before the first world is opened: what issues and knows credentials. Borrows; it must have a key. */
void sts_use_credentials(const Credentials *credentials);

#endif
