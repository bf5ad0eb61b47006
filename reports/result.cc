#include "reports/result.h"
