#include "harness/scenario/load.h"
