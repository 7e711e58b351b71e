# ccache, where installed, makes rebuilds cheap; precompiled headers need it to be lenient about their defines and times.
find_program(CXRNET_CCACHE ccache)
if(CXRNET_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env
      CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime ${CXRNET_CCACHE})
endif()
