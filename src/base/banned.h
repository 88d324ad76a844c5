/* banned.h -- functions that are easy to get wrong; using one does not compile. Included before
 * every file of ours by the build. */
#ifndef BASE_BANNED_H
#define BASE_BANNED_H

#define _GNU_SOURCE 1
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#pragma GCC poison strcpy strcat sprintf vsprintf gets strtok atoi atol atof gmtime localtime ctime asctime

#endif
