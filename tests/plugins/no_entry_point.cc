// A shared library without the entry point.
#include "tests/plugins/support.h"

extern "C" __attribute__((visibility("default"))) HRESULT GetProtocolManagers() { return S_OK; }
