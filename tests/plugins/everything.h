// The custom interface of tests/plugins/everything.cc, as another plug-in sees it.
#ifndef RSCA_TESTS_PLUGINS_EVERYTHING_H_
#define RSCA_TESTS_PLUGINS_EVERYTHING_H_

#include <rsca/wpframework.h>

#if defined(__GNUC__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wnon-virtual-dtor"
#endif

constexpr DWORD EVERYTHING_COUNTER_ID = 0x45564552;

// EVERYTHING_COUNTER_ID: a number that all protocol managers of the worker share.
class IEverythingCounter : public IWpfReferencedObject {
 public:
  // Returns the new value.
  virtual DWORD Increment() = 0;
};

#if defined(__GNUC__)
#pragma GCC diagnostic pop
#endif

#endif  // RSCA_TESTS_PLUGINS_EVERYTHING_H_
