/* What wine 8 lacks of cfgmgr32.dll: no device is there, and none ever comes. */
#include <windows.h>

#define CR_SUCCESS 0

DWORD WINAPI CM_Register_Notification(void *filter, void *context, void *callback, void **handle)
{
    *handle = (void *)1;
    return CR_SUCCESS;
}

DWORD WINAPI CM_Unregister_Notification(void *handle)
{
    return CR_SUCCESS;
}

DWORD WINAPI CM_Get_Device_Interface_List_SizeW(ULONG *length, GUID *class, WCHAR *device, ULONG flags)
{
    *length = 1;
    return CR_SUCCESS;
}

DWORD WINAPI CM_Get_Device_Interface_ListW(GUID *class, WCHAR *device, WCHAR *list, ULONG length, ULONG flags)
{
    *list = 0;
    return CR_SUCCESS;
}

DWORD WINAPI CM_MapCrToWin32Err(DWORD result, DWORD otherwise)
{
    return otherwise;
}
